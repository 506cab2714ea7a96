import { BugError, UsageError } from '../core/errors.ts';
import { limitsName, renderLimits } from '../core/slurm/handover-windows.ts';
import { arrayOfTask } from '../core/slurm/task-token.ts';
import { fewestPlaces, limitsFor } from '../engine/lay-out-arrays.ts';
import { isDeferred } from '../engine/next-window.ts';
import { handoversOf, readStoredRun } from '../engine/run-description.ts';
import { jobsOfRun } from '../store/jobs.ts';
import { setMaxParallel } from '../store/runs.ts';
import { transact } from '../store/transaction.ts';
import type { AppContext } from './app-context.ts';
import { type ControlResult, type ControlVerb, controlJobs } from './control-jobs.ts';
import { currentRow } from './find-run.ts';
import type { RunStatusView } from './run-status-view.ts';
import { type SweepAtHand, sweepAtHand } from './sweep-at-hand.ts';

export interface LimitedArray extends ControlResult {
  /** So many of its tasks run at once. */
  readonly limit: number;
}

export interface LimitedSweep {
  readonly run: RunStatusView;
  /** Those that have not ended. */
  readonly arrays: readonly LimitedArray[];
  /** What it was submitted with, which cannot be changed. */
  readonly maxParallelCells: number | undefined;
}

/** Gives a sweep that is submitted already another limit for the tasks of each job that run at once. */
export async function limitSweep(
  context: AppContext,
  { word, maxParallel }: { readonly word: string; readonly maxParallel: number },
): Promise<LimitedSweep> {
  const sweep = await sweepAtHand(context, { word, past: 'changed' });
  const { run, target } = sweep;
  if (target === 'embedded') {
    throw new UsageError('the embedded runner cannot change the limit of an array that is submitted; only Slurm can', {
      code: 'usage.embedded',
      hint: `Cancel the sweep and run it again with --max-parallel ${maxParallel}.`,
    });
  }
  await limitLaterWindows(context, sweep, maxParallel);
  const arrays: LimitedArray[] = [];
  for (const [limit, jobIds] of arraysByLimit(sweep, maxParallel)) {
    const results = await controlJobs(context, { target, jobIds, verb: throttle(limit) });
    arrays.push(...results.map((result) => ({ ...result, limit })));
    context.reach?.('limit-sent');
  }
  // Also of one that has ended: what is added to it keeps to it.
  if (!arrays.some(isFailure)) await remember(context, sweep, maxParallel);
  return { run, arrays, maxParallelCells: readStoredRun(sweep.row.plan).sweep?.maxParallelCells };
}

export function isFailure({ outcome }: Pick<ControlResult, 'outcome'>): boolean {
  return outcome === 'failed' || outcome === 'denied';
}

/** Here, and in the plan directory for those who will find it there. */
async function remember(context: AppContext, { engine, row, target }: SweepAtHand, maxParallel: number): Promise<void> {
  const { store } = engine;
  await transact(store, () => setMaxParallel(store, row.id, maxParallel));
  const { plan, directory } = currentRow(store, row);
  const file = { path: `${directory}/run.json`, content: plan };
  await context.shell(target).writeFiles([file], { signal: context.signal });
}

/** What is not handed over yet heeds it then. */
async function limitLaterWindows(
  context: AppContext,
  { engine, row, target }: SweepAtHand,
  maxParallel: number,
): Promise<void> {
  const { sweep } = readStoredRun(row.plan);
  if (sweep === undefined || !isDeferred(engine.store, row) || maxParallel < fewestPlaces(sweep)) return;
  const content = renderLimits(limitsFor(sweep, maxParallel));
  const directory = handoversOf(row).at(-1)?.directory ?? row.directory;
  const file = { path: `${directory}/${limitsName}`, content };
  await context.shell(target).writeFiles([file], { signal: context.signal });
}

function arraysByLimit({ engine, row }: SweepAtHand, maxParallel: number): ReadonlyMap<number, readonly string[]> {
  const { sweep } = readStoredRun(row.plan);
  if (sweep === undefined) throw new BugError(`run ${row.id} is no sweep`, { code: 'bug.sweep' });
  const fewest = fewestPlaces(sweep);
  if (maxParallel < fewest) {
    throw new UsageError(`sweep ${row.id} has ${fewest} arrays of each job at once, and each needs a place`, {
      code: 'sweep.max_parallel',
      hint: `Give at least --max-parallel ${fewest}.`,
    });
  }
  const limits = limitsFor(sweep, maxParallel);
  const byLimit = new Map<number, Set<string>>();
  for (const { token, jobId, final } of jobsOfRun(engine.store, row.id)) {
    const limit = limits.get(arrayOfTask(token));
    if (final || jobId === undefined || limit === undefined) continue;
    byLimit.set(limit, (byLimit.get(limit) ?? new Set()).add(jobId.replace(/_.*$/, '')));
  }
  return new Map([...byLimit].map(([limit, ids]) => [limit, [...ids]]));
}

/** No listing of the queue shows it of every array: Slurm's own answer has to do. */
function throttle(limit: number): ControlVerb {
  return {
    name: 'update',
    words: (list) => ['update', `JobId=${list}`, `ArrayTaskThrottle=${limit}`],
    embedded: undefined,
    takesEnded: false,
    extra: [],
    missing: () => undefined,
  };
}
