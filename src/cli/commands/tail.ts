import { findLogs, type JobLog } from '../../app/find-logs.ts';
import { type LogSource, type LogStream, type TailEvent, tailLogs } from '../../app/tail-logs.ts';
import { exitCodes, NotFoundError, UsageError } from '../../core/errors.ts';
import { quoteWords } from '../../core/quote.ts';
import { positiveNumber, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { isoTime } from '../local-time.ts';
import { createLogPrinter, type LogPrinter } from '../log-printer.ts';
import { formatShortTime } from '../short-time.ts';
import { printable } from '../table.ts';
import {
  addTailOptions,
  jobIdsOf,
  type LineTest,
  lineTestOf,
  requireCompatible,
  startOf,
  streamsOf,
  tasksOf,
} from '../tail-options.ts';

/** More are no longer followed: each is a file that is looked at again and again. */
const mostFollowed = 500;

export const tail = defineCommand({
  name: 'tail',
  summary: "Show the end of jobs' logs, or follow them",
  examples: [
    'srunx tail 4711',
    'srunx tail -f 4711_3 --exit-status',
    "srunx tail 4711 --array all --all --grep 'error|Traceback'",
  ],
  configure: addTailOptions,
  async run(input, context) {
    const { options } = input;
    requireCompatible(options);
    const isWanted = lineTestOf(options);
    const start = startOf(options, isWanted);
    const streams = streamsOf(options);
    const intervalMs = (positiveNumber(options, 'interval') ?? 2) * 1000;
    const wanted = { jobIds: jobIdsOf(input), tasks: tasksOf(options) };
    const request = { ...wanted, target: targetOf(options, context) };
    if (options['path'] === true) return printPaths(await findLogs(context.app, request), { streams, context });
    if (options['open'] === true)
      return openInPager(await findLogs(context.app, request), { options, streams, context });
    const follow = options['follow'] === true;
    const events = tailLogs(context.app, { ...request, streams, start, follow, intervalMs });
    return show(events, { isWanted, follow, options, context });
  },
});

interface ShowOptions {
  readonly isWanted: LineTest | undefined;
  readonly follow: boolean;
  readonly options: ParsedInput['options'];
  readonly context: CommandContext;
}

async function show(events: AsyncIterable<TailEvent>, request: ShowOptions): Promise<number> {
  const { isWanted, follow, options, context } = request;
  const { out } = context;
  let printer: LogPrinter | undefined;
  let code = 0;
  let shown = 0;
  let last: LogSource | undefined;
  const missing: Missing[] = [];
  for await (const event of events) {
    if (event.kind === 'sources') {
      if (follow) requireFew(event.sources);
      printer = createLogPrinter({ out, sources: event.sources, isWanted });
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
      report(event, context);
    }
  }
  printer?.flush();
  if (missing.length > 0) return reportMissing(missing, { shown, context });
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

function report(event: Remark, { out }: CommandContext): void {
  if (out.json && event.kind !== 'silent') out.record(recordOf(event));
  else out.note(`srunx: ${remark(event)}`);
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

function remark(event: Remark): string {
  switch (event.kind) {
    case 'restarted':
      return `the log of job ${event.source.jobId} was started anew`;
    case 'waiting': {
      const { jobId, status, reason, startTime } = event;
      const why = reason === undefined ? '' : ` (${printable(reason)})`;
      return `job ${jobId} is ${status}${why}${startTime === undefined ? '' : `, expected to start at ${formatShortTime(startTime * 1000)}`}`;
    }
    case 'silent':
      return `${event.message}; the log goes on`;
    case 'ended':
      return `job ${event.jobId} ended: ${event.status}`;
  }
}

/** What there is was shown; a task that has not started has no log yet, which is no fault. */
function reportMissing(
  missing: readonly Missing[],
  { shown, context: { out } }: { readonly shown: number; readonly context: CommandContext },
): number {
  const [first] = missing;
  if (first === undefined) return exitCodes.success;
  if (missing.length === shown) throw noLog(first, missing.length - 1);
  const faults = missing.filter(({ status }) => status !== 'PENDING');
  for (const { source, path, status } of faults.slice(0, 20)) {
    out.note(`srunx: job ${source.jobId} (${status}) has no log at ${printable(path)}`);
  }
  if (faults.length > 20) out.note(`srunx: ${out.signs.more} and ${faults.length - 20} more have none`);
  const waiting = missing.length - faults.length;
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

interface PathRequest {
  readonly streams: readonly LogStream[];
  readonly context: CommandContext;
}

function pathsOf({ stdout, stderr }: JobLog, streams: readonly LogStream[]): readonly string[] {
  const paths = streams.map((stream) => (stream === 'stderr' ? (stderr ?? stdout) : stdout));
  return [...new Set(paths)];
}

function printPaths(logs: readonly JobLog[], { streams, context: { out } }: PathRequest): number {
  const records = logs.map(({ jobId, stdout, stderr }) => ({ job_id: jobId, stdout, stderr: stderr ?? stdout }));
  out.result(records, logs.flatMap((log) => pathsOf(log, streams)).join('\n'));
  return exitCodes.success;
}

async function openInPager(
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
