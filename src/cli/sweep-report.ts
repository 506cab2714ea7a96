import type { JobStatusView, RunStatusView } from '../app/run-status-view.ts';
import { countOf } from '../core/count-of.ts';
import { formatDuration } from '../core/slurm/duration.ts';
import { heldReason } from '../core/slurm/held-reason.ts';
import { estimateEnd } from '../core/sweep/estimate-end.ts';
import { countHeld } from '../core/sweep/held-tasks.ts';
import { placeOf } from '../core/sweep/place-of.ts';
import { type SweepSummary, summarizeSweep } from '../core/sweep/sweep-summary.ts';
import { formatMatrix } from '../core/workflow/matrix-text.ts';
import { engineStates } from '../core/workflow/run-state.ts';
import { stateColour } from './colours.ts';
import type { RunTableOptions } from './run-table.ts';
import { type Column, formatTable, printable } from './table.ts';

type Summary = SweepSummary<JobStatusView>;
type CellRow = Summary['cells'][number];

const shownStatuses = ['completed', 'failed', 'cancelled', 'skipped', 'running', 'pending', 'unknown'] as const;

/** `412 of 1000 cells ended: 400 completed, 12 failed, 8 running, 580 pending`. */
export function sweepLine(run: Pick<RunStatusView, 'jobs' | 'leftOut'>): string {
  return countsText(summarizeSweep(run.jobs, run.leftOut));
}

/** What is left of it, in words; nothing where that is not known. */
export function leftText(run: RunStatusView, now: number): string {
  const seconds = secondsLeft(run, now);
  return seconds === undefined ? '' : `about ${formatDuration(seconds)} left`;
}

function secondsLeft({ jobs, outlook }: RunStatusView, now: number): number | undefined {
  return outlook === undefined ? undefined : estimateEnd({ ...outlook, jobs, now: now / 1000 });
}

function countsText({ counts, cells, after }: Summary): string {
  const ended = counts.completed + counts.failed + counts.cancelled + counts.skipped;
  const parts = shownStatuses.filter((status) => counts[status] > 0).map((status) => `${counts[status]} ${status}`);
  return `${ended} of ${countOf(cells.length, 'cell')} ended: ${parts.join(', ')}${afterText(after)}`;
}

/** More than that are counted. */
const mostNamed = 2;

function afterText(after: Summary['after']): string {
  if (after.length <= mostNamed) return after.map(({ name, state }) => `; ${printable(name)} ${state}`).join('');
  const states = Map.groupBy(after, ({ state }) => state);
  const parts = engineStates.flatMap((state) => (states.has(state) ? [`${states.get(state)?.length} ${state}`] : []));
  return `; after them ${parts.join(', ')}`;
}

interface SweepTableOptions extends RunTableOptions {
  /** Epoch ms; absent: nothing is said of the time that is left. */
  readonly now?: number | undefined;
}

/** How a sweep stands: a line about it, and one for each job of its workflow. */
export function formatSweep(run: RunStatusView, { colour, columns, signs, now }: SweepTableOptions): string[] {
  const summary = summarizeSweep(run.jobs, run.leftOut);
  const states = engineStates.filter((state) => [...summary.stages.values()].some((counts) => counts.has(state)));
  type StageRow = [string, Summary['stages'] extends ReadonlyMap<string, infer Counts> ? Counts : never];
  const stageColumns: Column<StageRow>[] = [
    { title: 'JOB', value: ([name]) => name, elastic: true },
    ...states.map(
      (state): Column<StageRow> => ({
        title: state.toUpperCase(),
        value: ([, counts]) => String(counts.get(state) ?? 0),
        align: 'right',
      }),
    ),
  ];
  return [
    `${printable(run.name)}  sweep ${run.id} on ${run.target}: ${summary.status} (${countsText(summary)})`,
    ...deferredLines(run),
    ...outlookLines(run, now),
    ...heldLines(run),
    ...formatTable(stageColumns, [...summary.stages], { colour, columns, signs }),
  ];
}

/** Of a sweep that is handed over in parts: how far that is, and who goes on with it. */
function deferredLines({ jobs }: Pick<RunStatusView, 'jobs'>): string[] {
  const { left, why } = deferredTasks(jobs);
  return why === undefined ? [] : [`${jobs.length - left} of ${countOf(jobs.length, 'task')} handed over: ${why}`];
}

function deferredTasks(jobs: RunStatusView['jobs']): { readonly left: number; readonly why: string | undefined } {
  const left = jobs.filter(({ state, reason }) => state === 'waiting' && reason !== undefined);
  return { left: left.length, why: left[0]?.reason };
}

function outlookLines(run: RunStatusView, now: number | undefined): string[] {
  const { outlook } = run;
  if (now === undefined || outlook === undefined || run.jobs.every(({ final }) => final)) return [];
  const { maxParallel, maxParallelCells } = outlook;
  const perJob = `${countOf(maxParallel, 'task')} of each job`;
  const cells = maxParallelCells === undefined ? [] : [countOf(maxParallelCells, 'cell')];
  const isSaid = maxParallelCells !== undefined && maxParallel >= maxParallelCells;
  const limits = `at most ${[...cells, ...(isSaid ? [] : [perJob])].join(' and ')} at once`;
  return [[limits, leftText(run, now)].filter(Boolean).join(', ')];
}

function heldLines({ id, jobs }: RunStatusView): string[] {
  const { held, paused } = countHeld(jobs);
  if (held === 0) return [];
  const howTo = `\`srunx sweep resume ${id}\` lets ${paused ? 'it go on' : held === 1 ? 'it start' : 'them start'}`;
  const are = held === 1 ? 'is' : 'are';
  return [`${paused ? 'paused: ' : ''}${countOf(held, 'task')} ${are} held; ${howTo}`];
}

/** A line for each cell: what it is, how it stands, and each of its jobs. */
export function formatCells(cells: readonly CellRow[], { colour, columns: room, signs }: RunTableOptions): string[] {
  const stages = [...new Set(cells.flatMap(({ jobs }) => jobs.map(({ name }) => placeOf(name)?.stage ?? name)))];
  const jobOf = ({ jobs }: CellRow, stage: string) => jobs.find(({ name }) => placeOf(name)?.stage === stage);
  return formatTable<CellRow>(
    [
      { title: 'CELL', value: ({ index }) => String(index), align: 'right' },
      { title: 'VALUES', value: ({ values }) => formatMatrix(values), elastic: true },
      { title: 'STATUS', value: ({ status }) => status, colour: ({ status }) => stateColour(status) },
      ...stages.map(
        (stage): Column<CellRow> => ({
          title: stage,
          value: (cell) => jobOf(cell, stage)?.state ?? '-',
          elastic: true,
        }),
      ),
      { title: 'WHY', value: whyText, elastic: true, drop: 1 },
    ],
    cells,
    { colour, columns: room, signs },
  );
}

/** Jobs that run once, after all cells; none: no lines. */
export function formatAfter({ jobs }: Pick<RunStatusView, 'jobs'>, options: RunTableOptions): string[] {
  const { after } = summarizeSweep(jobs);
  if (after.length === 0) return [];
  const { colour, columns: room, signs } = options;
  return formatTable<JobStatusView>(
    [
      { title: 'AFTER ALL CELLS', value: ({ name }) => name, elastic: true },
      { title: 'JOB ID', value: ({ jobId }) => jobId ?? '-' },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'WHY', value: endText, elastic: true, drop: 1 },
    ],
    after,
    { colour, columns: room, signs },
  );
}

function whyText({ status, jobs }: Pick<CellRow, 'status' | 'jobs'>): string {
  const job = jobs.find(({ state }) => state === 'failed' || state === 'timeout' || state === 'lost');
  if (job !== undefined) return `${placeOf(job.name)?.stage ?? job.name}: ${endText(job)}`;
  // Where `fail_fast` has ended it, that is the reason; somebody who cancels gives none.
  if (status === 'cancelled')
    return jobs.find(({ state }) => state === 'cancelled' || state === 'skipped')?.reason ?? '';
  return jobs.some(({ state, reason }) => state === 'pending' && heldReason(reason) !== undefined) ? 'held' : '';
}

function endText({ exitCode, reason }: JobStatusView): string {
  return exitCode !== undefined && exitCode !== 0 ? `exit ${exitCode}` : (reason ?? '');
}

/** The documented JSON of a sweep; with its cells where they are wanted. */
export function sweepJson(
  run: RunStatusView,
  { cells, now }: { readonly cells?: readonly CellRow[] | undefined; readonly now: number },
): Record<string, unknown> {
  const summary = summarizeSweep(run.jobs, run.leftOut);
  const { held, paused } = countHeld(run.jobs);
  return {
    sweep_id: run.id,
    name: run.name,
    source: run.source,
    target: run.target,
    status: summary.status,
    paused,
    tasks_held: held,
    handover: run.handover,
    tasks_deferred: deferredTasks(run.jobs).left,
    deferred_reason: deferredTasks(run.jobs).why ?? null,
    created_at: new Date(run.createdAt).toISOString(),
    directory: run.directory,
    max_parallel: run.outlook?.maxParallel ?? null,
    max_parallel_cells: run.outlook?.maxParallelCells ?? null,
    eta_seconds: secondsLeft(run, now) ?? null,
    cell_count: summary.cells.length,
    cells_pending: summary.counts.pending,
    cells_running: summary.counts.running,
    cells_completed: summary.counts.completed,
    cells_failed: summary.counts.failed,
    cells_cancelled: summary.counts.cancelled,
    cells_skipped: summary.counts.skipped,
    cells_unknown: summary.counts.unknown,
    jobs: Object.fromEntries([...summary.stages].map(([name, counts]) => [name, Object.fromEntries(counts)])),
    ...(cells === undefined
      ? {}
      : { cells: cells.map((cell) => cellJson(cell, run.typed)), reduce: summary.after.map(jobJson) }),
  };
}

function cellJson({ index, status, values, jobs }: CellRow, typed: RunStatusView['typed']): Record<string, unknown> {
  return {
    index,
    values: { ...values, ...typed?.get(index) },
    status,
    jobs: jobs.map(jobJson),
  };
}

function jobJson({ name, jobId, state, reason, exitCode, attempts }: JobStatusView): Record<string, unknown> {
  return {
    name: placeOf(name)?.stage ?? name,
    job_id: jobId ?? null,
    state,
    reason: reason ?? null,
    exit_code: exitCode ?? null,
    attempts,
  };
}
