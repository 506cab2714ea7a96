import type { ListedRuns } from '../app/list-runs.ts';
import type { RunStatusView } from '../app/run-status-view.ts';
import { formatDuration } from '../core/slurm/duration.ts';
import { formatMatrix } from '../core/workflow/matrix-text.ts';
import { engineStateColour } from './colours.ts';
import type { ParsedInput } from './define-command.ts';
import type { Output } from './output.ts';
import { type Signs, unicodeSigns } from './signs.ts';
import { type Column, formatTable, printable } from './table.ts';

type JobView = RunStatusView['jobs'][number];

const matrixColumn: Column<JobView> = {
  title: 'MATRIX',
  value: ({ matrix }) => (matrix === undefined ? '-' : formatMatrix(matrix)),
  elastic: true,
  drop: 4,
};

interface ColumnChoice {
  readonly nowSeconds: number;
  readonly hasMatrix: boolean;
}

const columns = ({ nowSeconds, hasMatrix }: ColumnChoice): readonly Column<JobView>[] => [
  { title: 'JOB', value: (job) => job.name, elastic: true },
  ...(hasMatrix ? [matrixColumn] : []),
  { title: 'ID', value: (job) => job.jobId ?? '-' },
  { title: 'STATE', value: stateText, colour: (job) => engineStateColour(job.state) },
  { title: 'TIME', value: (job) => durationText(job, nowSeconds), align: 'right', drop: 1 },
  { title: 'NODES', value: (job) => job.nodeList ?? '-', elastic: true, drop: 3 },
  { title: 'WHY', value: whyText, elastic: true, drop: 2 },
];

export interface RunTableOptions {
  readonly colour?: boolean | undefined;
  /** As many as a screen has room for; without it, all. */
  readonly maxLines?: number | undefined;
  /** What does not fit into so many cells is shortened; without it, nothing. */
  readonly columns?: number | undefined;
  readonly signs?: Signs | undefined;
}

/** One line per job of a run, under a line about the run. Where not all have room, those that matter most now. */
export function formatRun(run: RunStatusView, nowMs: number, options: RunTableOptions = {}): string[] {
  const { colour, columns: room, maxLines = Number.POSITIVE_INFINITY, signs = unicodeSigns } = options;
  const done = run.jobs.filter(({ final }) => final).length;
  const hasMatrix = run.jobs.some(({ matrix }) => matrix !== undefined);
  const { shown, hidden } = mostTelling(run.jobs, maxLines - headLines);
  return [
    `${printable(run.name)}  run ${run.id} on ${run.target}: ${run.status} (${done} of ${run.jobs.length} jobs ended)`,
    ...formatTable(columns({ nowSeconds: Math.floor(nowMs / 1000), hasMatrix }), shown, {
      colour,
      columns: room,
      signs,
    }),
    ...(hidden.length === 0 ? [] : [`${signs.more} and ${hidden.length} more: ${countStates(hidden)}`]),
  ];
}

/** The line about the run, and the titles. */
const headLines = 2;

const ranks: Readonly<Record<string, number>> = { running: 0, failed: 1, timeout: 1, lost: 1, refused: 1, unknown: 1 };

/** In the order of the run, but chosen by what somebody wants to see: what runs, what went wrong, what comes next. */
function mostTelling(
  jobs: readonly JobView[],
  room: number,
): { readonly shown: readonly JobView[]; readonly hidden: readonly JobView[] } {
  if (jobs.length <= room) return { shown: jobs, hidden: [] };
  const rank = (job: JobView) => (job.ignored ? 3 : (ranks[job.state] ?? (job.final ? 3 : 2)));
  const chosen = new Set([...jobs].sort((a, b) => rank(a) - rank(b)).slice(0, Math.max(0, room - 1)));
  return { shown: jobs.filter((job) => chosen.has(job)), hidden: jobs.filter((job) => !chosen.has(job)) };
}

function countStates(jobs: readonly JobView[]): string {
  const counts = new Map<string, number>();
  for (const { state } of jobs) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

/** Of an array, also how far it is. */
export function stateText({ state, ignored, final, tasks }: JobView): string {
  if (tasks !== undefined && !final) return `${state} (${tasks.done} of ${tasks.total} done)`;
  return ignored ? `${state} (ignored)` : state;
}

/** And which attempt it is, where there were several. */
function whyText(job: JobView): string {
  return [reasonText(job), ...(job.attempts > 1 ? [`attempt ${job.attempts}`] : [])].filter(Boolean).join(', ');
}

/** The first line; where the job itself said why, with what. */
function reasonText({ reason = '', exitCode = 0, exitSignal = 0, final }: JobView): string {
  if (final && reason === 'exit' && exitCode !== 0) return `exit ${exitCode}`;
  if (final && reason === 'signal' && exitSignal !== 0) return `signal ${exitSignal}`;
  return reason.split('\n')[0] ?? '';
}

function durationText({ startTime, endTime, state }: JobView, nowSeconds: number): string {
  if (startTime === undefined || state === 'pending' || state === 'skipped') return '-';
  return formatDuration((endTime ?? nowSeconds) - startTime);
}

/** Says whose runs could not be brought up to date. */
export function noteStale(stale: ListedRuns['stale'], out: Output): void {
  for (const { target, message, hint } of stale) {
    const next = hint === undefined ? '' : `. ${hint}`;
    out.note(`srunx: ${message}; ${target} is shown as it was seen last${next}`);
  }
}

/** Says that a list stops before its end, where nobody has asked for that. */
export function noteMore(
  limit: number,
  { options, out }: Pick<ParsedInput, 'options'> & { readonly out: Output },
): void {
  if (options['limit'] === undefined) out.note(`srunx: the newest ${limit}; --limit shows more`);
}

/** The documented JSON of a run. */
export function runJson(run: RunStatusView): Record<string, unknown> {
  const time = (seconds: number | undefined) => (seconds === undefined ? null : new Date(seconds * 1000).toISOString());
  return {
    run_id: run.id,
    kind: run.kind,
    name: run.name,
    source: run.source,
    target: run.target,
    status: run.status,
    handover: run.handover,
    created_at: new Date(run.createdAt).toISOString(),
    directory: run.directory,
    jobs: run.jobs.map((job) => ({
      name: job.name,
      job_id: job.jobId ?? null,
      state: job.state,
      ignored: job.ignored,
      raw_state: job.rawState ?? null,
      reason: job.reason ?? null,
      tasks: job.tasks ?? null,
      matrix: job.matrix ?? null,
      exit_code: job.exitCode ?? null,
      exit_signal: job.exitSignal ?? null,
      attempts: job.attempts,
      start_time: time(job.startTime),
      end_time: time(job.endTime),
      nodelist: job.nodeList ?? null,
    })),
  };
}
