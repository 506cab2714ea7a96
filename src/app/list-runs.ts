import { listRuns as storedRuns } from '../store/runs.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { currentRow, findRunNamed } from './find-run.ts';
import { refreshRun, refreshRuns, type StaleTarget } from './refresh-runs.ts';
import { isSettled, type RunStatusView, viewRun } from './run-status-view.ts';

export interface ListedRuns {
  readonly runs: readonly RunStatusView[];
  /** There are older ones, too. */
  readonly isMore: boolean;
  readonly stale: readonly StaleTarget[];
}

export interface ListRequest {
  readonly limit: number;
  /** Asked whatever is known of them; without: those about which there may be news. All are listed either way. */
  readonly targets?: readonly TargetName[] | undefined;
}

/** The runs this host knows or finds in the plan directories, brought up to date. Newest first. */
export async function listRuns(context: AppContext, { limit, targets }: ListRequest): Promise<ListedRuns> {
  const stale = await refreshRuns(context, targets);
  const store = await context.store();
  const rows = storedRuns(store, { kind: 'workflow', limit: limit + 1 });
  return { runs: rows.slice(0, limit).map((run) => viewRun(store, run)), isMore: rows.length > limit, stale };
}

export interface ShowRunRequest {
  readonly id: string | undefined;
  /** Without an id the newest sweep is meant, and not the newest run. */
  readonly onlySweeps?: boolean | undefined;
  readonly isBrief?: boolean | undefined;
  /** The cluster is asked also where all has ended: somebody may have requeued a job, and it is not to be done twice. */
  readonly isToRepeat?: boolean | undefined;
}

/**
 * One run by its id, the beginning of it or its plan directory; without any, the newest. Only its own cluster is asked, and not
 * even that where all has ended: nothing that a controller does not answer keeps anybody from seeing it.
 */
export async function showRun(
  context: AppContext,
  { id, isToRepeat = false, onlySweeps = false, isBrief }: ShowRunRequest,
): Promise<{ readonly run: RunStatusView; readonly stale: readonly StaleTarget[] }> {
  const found = await findRunNamed(context, id, { onlySweeps });
  const store = await context.store();
  const isAsked = isToRepeat || !isSettled(store, found.run);
  const stale = isAsked ? await refreshRun(context, found.run) : [];
  return {
    stale: [...found.stale, ...stale],
    run: viewRun(store, currentRow(store, found.run), { isBrief, hasOutlook: true }),
  };
}
