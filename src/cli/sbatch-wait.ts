import { tailLogs } from '../app/tail-logs.ts';
import { waitForJob } from '../app/wait-for-job.ts';
import { SrunxError, UsageError } from '../core/errors.ts';
import { positiveNumber } from './common-options.ts';
import type { CommandContext } from './define-command.ts';
import { jobJson, noteVerdict, type ReportedJob } from './sbatch-report.ts';
import type { SbatchWords } from './sbatch-words.ts';
import { printable } from './table.ts';

export interface Waiting {
  /** What the exit code then says: the job's own, or the class of its end. */
  readonly how: 'code' | 'class';
  readonly timeoutSeconds: number | undefined;
  /** How many lines of the log of a job that fails are shown. */
  readonly failureLines: number | undefined;
}

/** Whether to wait for the end of the job, and how. */
export function waitOf(own: SbatchWords['own'], { app }: CommandContext): Waiting | undefined {
  const variable = app.env['SBATCH_WAIT'];
  const how = own['wait-exit'];
  const waits = own['wait'] === true || how !== undefined || (variable !== undefined && variable !== 'no');
  if (how !== undefined && how !== 'code' && how !== 'class') {
    throw badValue(`\`${String(how)}\` is no value for --wait-exit`, 'Write code or class.');
  }
  const timeoutSeconds = positiveNumber(own, 'timeout');
  const failureLines = failureLinesOf(own['on-fail']);
  if (waits) return { how: how ?? 'code', timeoutSeconds, failureLines };
  const needless = ['timeout', 'on-fail'].find((name) => own[name] !== undefined);
  if (needless === undefined) return undefined;
  throw badValue(`--${needless} has no effect without --wait`, 'Add --wait, or leave it out.');
}

function failureLinesOf(value: SbatchWords['own'][string] | undefined): number | undefined {
  if (value === undefined) return undefined;
  const [, lines = '10'] = /^tail(?:=([1-9]\d{0,6}))?$/.exec(String(value)) ?? ['', ''];
  if (lines !== '') return Number(lines);
  throw badValue(`\`${String(value)}\` is no value for --on-fail`, 'Write --on-fail tail=20.');
}

function badValue(message: string, hint: string): UsageError {
  return new UsageError(message, { code: 'usage.option_value', hint });
}

/** Waits for the end; the exit code is the job's own, or the class of its end. */
export async function waitForEnd(
  report: ReportedJob,
  { how, timeoutSeconds, failureLines, context }: Waiting & { readonly context: CommandContext },
): Promise<number> {
  const { app, out } = context;
  const { jobId, runId, target } = report;
  if (out.json) noteVerdict(report, context);
  const end = await waitForJob(app, {
    ...{ jobId, runId, target, intervalSeconds: undefined, timeoutSeconds },
    onSilence: (message) => out.note(`srunx: ${message}; still waiting`),
    onView: ({ changes }) => {
      for (const { toState, reason } of changes) {
        out.note(`srunx: job ${jobId} is ${toState}${reason === null ? '' : ` (${printable(reason)})`}`);
      }
    },
  });
  if (end.exitCode !== 0 && failureLines !== undefined) await showFailure(report, { lines: failureLines, context });
  const code = how === 'class' ? end.classCode : end.exitCode;
  if (out.json) out.result({ ...jobJson(report), status: end.status, exit_code: end.exitCode }, '');
  return code;
}

/** On standard error, so that a program that reads our output is not disturbed. What keeps the log from being shown is no new failure. */
async function showFailure(
  { jobId, target }: ReportedJob,
  { lines, context }: { readonly lines: number; readonly context: CommandContext },
): Promise<void> {
  const { app, out } = context;
  const start = { kind: 'lines', count: lines } as const;
  const request = {
    target,
    jobIds: [jobId],
    streams: ['stdout', 'stderr'],
    start,
    follow: false,
    intervalMs: 0,
  } as const;
  try {
    for await (const event of tailLogs(app, request)) {
      if (event.kind === 'bytes') {
        out.note(
          `srunx: the end of the ${event.source.stream === 'stderr' ? 'standard error' : 'log'} of job ${jobId}:`,
        );
        out.errorBytes(event.bytes);
        if (event.bytes.at(-1) !== 0x0a) out.note('');
      } else if (event.kind === 'missing') out.note(`srunx: job ${jobId} has no log at ${printable(event.path)}`);
    }
  } catch (error) {
    if (!(error instanceof SrunxError) || app.signal.aborted) throw error;
    out.note(`srunx: no log is shown: ${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}`);
  }
}
