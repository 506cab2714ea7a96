import { type CellCounts, countCells, summarizeSweep } from '../core/sweep/sweep-summary.ts';
import { type EngineState, runStatus } from '../core/workflow/run-state.ts';
import { ignoresFailures } from '../engine/plan-notes.ts';
import { leftOutCells } from '../engine/sweep-facts.ts';
import { statesOfSweep } from '../store/cell-states.ts';
import type { Store } from '../store/open-store.ts';
import { listRuns, type RunRow } from '../store/runs.ts';
import type { AppContext } from './app-context.ts';
import type { ListRequest } from './list-runs.ts';
import { refreshRuns, type StaleTarget } from './refresh-runs.ts';
import { type RunStatusView, viewRun } from './run-status-view.ts';

type Shown = 'id' | 'name' | 'source' | 'target' | 'status' | 'handover' | 'createdAt' | 'directory';

/** A sweep without its jobs. */
export interface ListedSweep extends Pick<RunStatusView, Shown> {
  readonly cells: number;
  readonly counts: CellCounts;
}

export interface ListedSweeps {
  readonly sweeps: readonly ListedSweep[];
  /** There are older ones, too. */
  readonly isMore: boolean;
  readonly stale: readonly StaleTarget[];
}

/** The sweeps this host knows or finds in the plan directories, brought up to date. Newest first. */
export async function listSweeps(context: AppContext, { limit, targets }: ListRequest): Promise<ListedSweeps> {
  const stale = await refreshRuns(context, targets);
  const store = await context.store();
  const rows = listRuns(store, { kind: 'workflow', onlySweeps: true, limit: limit + 1 });
  const sweeps = rows.slice(0, limit).map((run) => viewSweep(store, run));
  return { sweeps, isMore: rows.length > limit, stale };
}

/** As the store has it. */
export function viewSweep(store: Store, run: RunRow): ListedSweep {
  const { id, name, source, target, handover, createdAt, directory } = run;
  const shown = { id, name, source, target, handover, createdAt, directory };
  const { status, counts } = ignoresFailures(run.plan) ? countJobs(store, run) : countStates(store, run);
  const cells = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { ...shown, status, counts, cells };
}

type Counted = Pick<ListedSweep, 'status' | 'counts'>;

function countStates(store: Store, { id, plan }: RunRow): Counted {
  const { alike, after } = statesOfSweep(store, id);
  const known = alike.map(({ states, cells }) => ({ states: states as readonly EngineState[], cells }));
  const states = [...known.flatMap((cell) => cell.states), ...(after as readonly EngineState[])];
  return { status: runStatus(states), counts: countCells(known, leftOutCells(plan).length) };
}

/** Which failures are ignored is known of each job by itself. */
function countJobs(store: Store, run: RunRow): Counted {
  const { jobs, leftOut, status } = viewRun(store, run, { isBrief: true });
  return { status, counts: summarizeSweep(jobs, leftOut).counts };
}
