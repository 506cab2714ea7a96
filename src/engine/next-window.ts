import type { Deferral } from '../cluster/cluster.ts';
import { arrayOfTask } from '../core/slurm/task-token.ts';
import { judgeSweep } from '../core/sweep/fail-fast.ts';
import { cellFact, type EngineState } from '../core/workflow/run-state.ts';
import { type JobRow, jobsOfRun } from '../store/jobs.ts';
import type { Store } from '../store/open-store.ts';
import { findRun, listRuns, type RunRow } from '../store/runs.ts';
import type { EngineContext } from './engine-context.ts';
import { isSweepPlan, readStoredRun } from './run-description.ts';

/** What can be submitted of it now is, and the rest has to wait. As far as is known: another process may be going on with it. */
export function isDeferred(store: Store, run: Pick<RunRow, 'id' | 'plan'>): boolean {
  return mayHaveWindows(run) && findRun(store, run.id)?.handover === 'running' && waitingIn(jobsOfRun(store, run.id));
}

function waitingIn(rows: readonly JobRow[]): boolean {
  return rows.some(({ submission, message }) => submission === 'waiting' && message !== undefined);
}

/** From the text alone. */
function mayHaveWindows({ plan }: Pick<RunRow, 'plan'>): boolean {
  return isSweepPlan(plan) && plan.includes('"window":');
}

/**
 * What is to be done about a window that waits: nothing while the one before has not ended. Of a sweep that failed cells have ended no
 * other is submitted.
 */
export function nextStep(
  store: Store,
  run: RunRow,
  deferral: Pick<Deferral, 'window' | 'isTried'>,
): 'open' | 'end' | 'wait' {
  const { jobs, sweep } = readStoredRun(run.plan);
  const rows = jobsOfRun(store, run.id);
  if (!hasEndedBefore(run, rows, deferral.window)) return 'wait';
  if (sweep?.failFast !== undefined) {
    const facts = rows.map(({ name, ordinal, state, final, reason, observation: seen }) => {
      const kept = { state: state as EngineState, final, reason };
      return cellFact({ name, kept, seen, onError: jobs[ordinal]?.onError });
    });
    if (judgeSweep(facts, sweep.failFast).by !== undefined) return 'end';
  }
  return deferral.isTried ? 'wait' : 'open';
}

/** Whether some run waits for nothing but its next window, or was seen to be further with it than its hand-over has told. */
export function hasDueWindow({ store, clusterId }: Pick<EngineContext, 'store' | 'clusterId'>): boolean {
  return listRuns(store, { clusterId, open: true }).some((run) =>
    isDeferred(store, run) ? !isWindowUnderWay(store, run) : run.handover === 'stopped' && mayHaveWindows(run),
  );
}

export function isWindowUnderWay(store: Store, run: RunRow): boolean {
  if (!isDeferred(store, run)) return false;
  const rows = jobsOfRun(store, run.id);
  const windows = windowsOf(run);
  const next = Math.min(
    ...rows.flatMap(({ submission, token }) =>
      submission === 'waiting' ? [windows.get(arrayOfTask(token)) ?? 0] : [],
    ),
  );
  return !hasEndedBefore(run, rows, next);
}

function hasEndedBefore(run: RunRow, rows: readonly JobRow[], window: number): boolean {
  const windows = windowsOf(run);
  return rows.every(({ final, token }) => final || (windows.get(arrayOfTask(token)) ?? 0) >= window);
}

/** Of what was added last, for which all that was there before has to end. What comes after all cells is in the last one. */
function windowsOf({ plan }: RunRow): ReadonlyMap<string, number> {
  const { arrays = [], reduce = [] } = readStoredRun(plan).sweep ?? {};
  const last = arrays.at(-1)?.part;
  const own = arrays.map(({ token, part, window = 0 }): [string, number] => [token, part === last ? window : -1]);
  const after = reduce.map(({ token }): [string, number] => [token, Number.POSITIVE_INFINITY]);
  return new Map([...own, ...after]);
}
