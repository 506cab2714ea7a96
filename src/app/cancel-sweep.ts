import { heldReason } from '../core/slurm/held-reason.ts';
import { hasBegun } from '../core/sweep/has-begun.ts';
import { type CellSummary, summarizeSweep } from '../core/sweep/sweep-summary.ts';
import { lookIntoHandover } from '../engine/look-into-handover.ts';
import { handoversOf, readStoredRun } from '../engine/run-description.ts';
import type { RunRow } from '../store/runs.ts';
import type { AppContext } from './app-context.ts';
import { type CancelledRun, cancelRun } from './cancel-run.ts';
import { controlJobs } from './control-jobs.ts';
import { holdAsUser, release } from './control-verbs.ts';
import { readHeld, writeHeld } from './held-tasks.ts';
import { engineOfRun, isHandoverOpen, look } from './run-at-hand.ts';
import type { JobStatusView, RunStatusView } from './run-status-view.ts';
import { viewRun } from './run-status-view.ts';
import { findSweep, type SweepAtHand, sweepAtHand, wordsFor } from './sweep-at-hand.ts';

type Cell = CellSummary<JobStatusView>;

export interface CancelSweepRequest {
  readonly word: string;
  /** Some of its cells; absent: all of it. */
  readonly choose?: ((run: RunStatusView) => readonly Cell[]) | undefined;
  /** Only cells of which no job has begun: the others go on to their end. */
  readonly pendingOnly: boolean;
  readonly preview: boolean;
}

/** Ends a sweep, or some of its cells. */
export async function cancelSweep(context: AppContext, request: CancelSweepRequest): Promise<CancelledRun> {
  const { choose, pendingOnly, preview } = request;
  const row = await findSweep(context, request.word);
  const { id } = row;
  const cancel = (of?: (run: RunStatusView) => readonly JobStatusView[]) =>
    cancelRun(context, { word: id, jobs: [], choose: of, preview });
  if (!pendingOnly) return cancel(choose && ((run) => choose(run).flatMap(({ jobs }) => jobs)));
  if (choose === undefined && !preview && (await withdrawAll(context, row))) return cancel();
  const sweep = await sweepAtHand(context, { word: id, past: 'cancelled' });
  const cells = (choose?.(sweep.run) ?? summarizeSweep(sweep.run.jobs).cells).filter(isUnbegun);
  const jobs = cells.flatMap((cell) => cell.jobs);
  if (preview) return { run: sweep.run, open: jobs.filter(({ final }) => !final), results: [] };
  const kept = await keepFromBeginning(context, sweep, jobs);
  return cancel((run) => run.jobs.filter(({ name, final }) => !final && kept.has(name)));
}

/**
 * A hand-over that is not complete, or waits for room in the queue, goes no further. Whether that was all of the sweep: then no cell has
 * begun.
 */
async function withdrawAll(context: AppContext, row: RunRow): Promise<boolean> {
  const engine = await engineOfRun(context, row, 'cancelled');
  if (!isHandoverOpen(engine, row)) return false;
  const { outcomes } = await lookIntoHandover(engine, { run: row, withdraw: true });
  return handoversOf(row).length === 1 && [...outcomes.values()].every(({ kind }) => kind === 'withdrawn');
}

function isUnbegun({ jobs }: Cell): boolean {
  return !jobs.some(hasBegun) && jobs.some(({ final }) => !final);
}

/**
 * Between a look and a cancellation a cell may begin, and would lose its later jobs. So what could begin is held first; what has begun
 * by then is let go on. Returns the names of the jobs of all other cells.
 */
async function keepFromBeginning(
  context: AppContext,
  sweep: SweepAtHand,
  jobs: readonly JobStatusView[],
): Promise<ReadonlySet<string>> {
  const { engine, row, target, run } = sweep;
  const { jobs: described } = readStoredRun(row.plan);
  const roots = new Set(described.flatMap(({ name, edges }) => (edges.length === 0 ? [name] : [])));
  const free = jobs.filter(({ name, final, reason }) => !final && roots.has(name) && !heldReason(reason));
  const held = new Set(free.map(({ name }) => name));
  await writeHeld(context, sweep, [...(await readHeld(context, sweep)), ...held]);
  await controlJobs(context, { target, jobIds: wordsFor(run, free), verb: holdAsUser });
  context.reach?.('cells-held');
  await look(engine);
  const now = viewRun(engine.store, row);
  const meant = new Set(jobs.map(({ name }) => name));
  const cells = summarizeSweep(now.jobs).cells.filter((cell) => cell.jobs.some(({ name }) => meant.has(name)));
  const begun = cells.filter((cell) => cell.jobs.some(hasBegun)).flatMap((cell) => cell.jobs);
  const freed = begun.filter(({ name, final }) => !final && held.has(name));
  await controlJobs(context, { target, jobIds: wordsFor(now, freed), verb: release });
  for (const { name } of begun) meant.delete(name);
  return meant;
}
