import type { JobLog } from '../app/find-logs.ts';
import type { LogSource, LogStream, TailEvent } from '../app/tail-logs.ts';
import { exitCodes, NotFoundError, UsageError } from '../core/errors.ts';
import { quoteWords } from '../core/quote.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { isoTime } from './local-time.ts';
import { createLogPrinter, type LogPrinter } from './log-printer.ts';
import { formatShortTime } from './short-time.ts';
import { printable } from './table.ts';
import { isRaw, type LineTest } from './tail-options.ts';

/** More are no longer followed: each is a file that is looked at again and again. */
const mostFollowed = 500;

export interface ShowOptions {
  readonly isWanted: LineTest | undefined;
  readonly follow: boolean;
  readonly options: ParsedInput['options'];
  readonly context: CommandContext;
  /** Of a run, its jobs by name; several of them may not have begun yet. */
  readonly nameOf?: ((jobId: string) => string | undefined) | undefined;
}

/** Shows logs to their end, and returns what is to be told to the shell. */
export async function showLogs(events: AsyncIterable<TailEvent>, request: ShowOptions): Promise<number> {
  const { isWanted, follow, options, context, nameOf } = request;
  const { out } = context;
  let printer: LogPrinter | undefined;
  let code = 0;
  let shown = 0;
  let last: LogSource | undefined;
  const missing: Missing[] = [];
  for await (const event of events) {
    if (event.kind === 'sources') {
      if (follow) requireFew(event.sources);
      printer = createLogPrinter({ out, sources: event.sources, isWanted, raw: isRaw(options), nameOf });
      shown = event.sources.length;
    } else if (event.kind === 'bytes') {
      // One log after the other: what the one before had without a line break is all of it.
      if (!follow && last !== event.source) printer?.flush();
      last = event.source;
      printer?.print(event.source, event.bytes);
    } else if (event.kind === 'missing') missing.push(event);
    else {
      if (event.kind === 'ended') {
        printer?.flush();
        code = Math.max(code, event.exitCode);
      }
      report(event, request);
    }
  }
  printer?.flush();
  if (missing.length > 0) return reportMissing(missing, { shown, request });
  return options['exitStatus'] === true ? code : exitCodes.success;
}

function requireFew(sources: readonly LogSource[]): void {
  if (sources.length <= mostFollowed) return;
  throw new UsageError(`${sources.length} logs are too many to follow at once`, {
    code: 'usage.too_many',
    hint: `Choose at most ${mostFollowed}, for example with --array 0-99.`,
  });
}

type Remark = Exclude<TailEvent, { kind: 'sources' | 'bytes' | 'missing' }>;
type Missing = Extract<TailEvent, { kind: 'missing' }>;

function report(event: Remark, { context: { out }, nameOf }: ShowOptions): void {
  const name = nameOf === undefined || event.kind === 'silent' ? undefined : nameOf(jobIdOf(event));
  if (out.json && event.kind !== 'silent') out.record({ ...recordOf(event), ...(name === undefined ? {} : { name }) });
  else out.note(`srunx: ${remark(event, (jobId) => called(jobId, nameOf))}`);
}

function jobIdOf(event: Exclude<Remark, { kind: 'silent' }>): string {
  return event.kind === 'restarted' ? event.source.jobId : event.jobId;
}

/** In a sentence: `job 4711`, or `train (4711)`. */
function called(jobId: string, nameOf: ShowOptions['nameOf']): string {
  const name = nameOf?.(jobId);
  return name === undefined ? `job ${jobId}` : `${printable(name)} (${jobId})`;
}

function recordOf(event: Exclude<Remark, { kind: 'silent' }>): Record<string, unknown> {
  switch (event.kind) {
    case 'restarted':
      return { job_id: event.source.jobId, event: event.kind, stream: event.source.stream };
    case 'waiting': {
      const { jobId, status, reason = null, startTime } = event;
      return { job_id: jobId, event: event.kind, status, reason, expected_start: isoTime(startTime) };
    }
    case 'ended':
      return { job_id: event.jobId, event: event.kind, status: event.status, exit_code: event.exitCode };
  }
}

function remark(event: Remark, call: (jobId: string) => string): string {
  switch (event.kind) {
    case 'restarted':
      return `the log of ${call(event.source.jobId)} was started anew`;
    case 'waiting': {
      const { jobId, status, reason, startTime } = event;
      const why = reason === undefined ? '' : ` (${printable(reason)})`;
      return `${call(jobId)} is ${status}${why}${startTime === undefined ? '' : `, expected to start at ${formatShortTime(startTime * 1000)}`}`;
    }
    case 'silent':
      return `${event.message}; the log goes on`;
    case 'ended':
      return `${call(event.jobId)} ended: ${event.status}`;
  }
}

/** What there is was shown; a task that has not started has no log yet, which is no fault. Nor is it in a run that has just begun. */
function reportMissing(
  missing: readonly Missing[],
  { shown, request: { context, nameOf } }: { readonly shown: number; readonly request: ShowOptions },
): number {
  const { out } = context;
  const [first] = missing;
  if (first === undefined) return exitCodes.success;
  const neverStarted = nameOf === undefined ? ['PENDING'] : ['PENDING', 'CANCELLED'];
  const faults = missing.filter(({ status }) => !neverStarted.includes(status));
  if (missing.length === shown && (nameOf === undefined || faults.length > 0)) throw noLog(first, missing.length - 1);
  for (const { source, path, status } of faults.slice(0, 20)) {
    out.note(`srunx: ${called(source.jobId, nameOf)} (${status}) has no log at ${printable(path)}`);
  }
  if (faults.length > 20) out.note(`srunx: ${out.signs.more} and ${faults.length - 20} more have none`);
  const waiting = missing.filter(({ status }) => status === 'PENDING').length;
  if (waiting > 0) out.note(`srunx: ${waiting} ${waiting === 1 ? 'job has' : 'jobs have'} not started, and no log yet`);
  return faults.length > 0 ? exitCodes.partial : exitCodes.success;
}

function noLog({ source, path, status }: Missing, others: number): NotFoundError {
  const more = others === 0 ? '' : `, nor have ${others} more`;
  return new NotFoundError(`job ${source.jobId} (${status}) has no log at ${path}${more}`, {
    code: 'log.not_found',
    hint: status === 'PENDING' ? 'Use --follow to wait for it.' : 'The job may have written its log elsewhere.',
  });
}

interface PathRequest extends Pick<ShowOptions, 'nameOf'> {
  readonly streams: readonly LogStream[];
  readonly context: CommandContext;
}

function pathsOf({ stdout, stderr }: JobLog, streams: readonly LogStream[]): readonly string[] {
  const paths = streams.map((stream) => (stream === 'stderr' ? (stderr ?? stdout) : stdout));
  return [...new Set(paths)];
}

export function printPaths(logs: readonly JobLog[], { streams, nameOf, context: { out } }: PathRequest): number {
  const records = logs.map(({ jobId, stdout, stderr }) => ({
    job_id: jobId,
    ...(nameOf === undefined ? {} : { name: nameOf(jobId) ?? null }),
    stdout,
    stderr: stderr ?? stdout,
  }));
  out.result(records, logs.flatMap((log) => pathsOf(log, streams)).join('\n'));
  return exitCodes.success;
}

export async function openInPager(
  logs: readonly JobLog[],
  { options, streams, context }: PathRequest & { readonly options: ParsedInput['options'] },
): Promise<number> {
  const { app, out, runCommand } = context;
  if (out.terminal === undefined) {
    throw new UsageError('--open needs a terminal', { code: 'usage.no_terminal', hint: 'Leave it out.' });
  }
  const pager = app.env['PAGER'] || 'less';
  const isLess = /(?:^|\/)less(?:\s|$)/.test(pager);
  const follow = options['follow'] === true && isLess ? ' +F' : '';
  const paths = logs.flatMap((log) => pathsOf(log, streams));
  return runCommand(`${pager}${follow} ${quoteWords(paths)}`, { output: 'stdout' });
}
