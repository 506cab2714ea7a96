import { listRuns as storedRuns } from '../store/runs.ts';
import type { AppContext } from './app-context.ts';
import { currentRow, findRunNamed } from './find-run.ts';
import { importFoundRuns, refreshRun, refreshTargets, type StaleTarget, targetsToRefresh } from './refresh-runs.ts';
import { type RunStatusView, viewRun } from './run-status-view.ts';

export interface ListedRuns {
  readonly runs: readonly RunStatusView[];
  readonly stale: readonly StaleTarget[];
}

/** The runs this host knows or finds in the plan directories, brought up to date. Newest first. */
export async function listRuns(
  context: AppContext,
  request: { readonly limit: number; readonly onlySweeps?: boolean },
): Promise<ListedRuns> {
  const unread = await importFoundRuns(context);
  const { stale } = await refreshTargets(context, await targetsToRefresh(context));
  const store = await context.store();
  const rows = storedRuns(store, { kind: 'workflow', ...request });
  return { stale: [...unread, ...stale], runs: rows.map((run) => viewRun(store, run)) };
}

/** One run by its id, the beginning of it or its plan directory; without any, the newest. Only its own cluster is asked. */
export async function showRun(
  context: AppContext,
  request: { readonly id: string | undefined; readonly onlySweeps?: boolean },
): Promise<{ readonly run: RunStatusView; readonly stale: readonly StaleTarget[] }> {
  const found = await findRunNamed(context, request.id, request);
  const stale = await refreshRun(context, found.run);
  const store = await context.store();
  return { stale: [...found.stale, ...stale], run: viewRun(store, currentRow(store, found.run)) };
}
