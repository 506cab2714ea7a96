import { NotFoundError, UsageError } from '../core/errors.ts';
import type { Store } from '../store/open-store.ts';
import { findRun, findRunsByPrefix, type RunRow, listRuns as storedRuns } from '../store/runs.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { importFoundRuns, refreshTargets, type StaleTarget, targetsToRefresh } from './refresh-runs.ts';
import { type RunStatusView, viewRun } from './run-status-view.ts';

export interface ListedRuns {
  readonly runs: readonly RunStatusView[];
  readonly stale: readonly StaleTarget[];
}

/** The runs this host knows or finds in the plan directories, brought up to date. Newest first. */
export async function listRuns(context: AppContext, request: { readonly limit: number }): Promise<ListedRuns> {
  const unread = await importFoundRuns(context);
  const { stale } = await refreshTargets(context, await targetsToRefresh(context));
  const store = await context.store();
  const rows = storedRuns(store, { kind: 'workflow', limit: request.limit });
  return { stale: [...unread, ...stale], runs: rows.map((run) => viewRun(store, run)) };
}

/** One run by its id or the beginning of it; without either, the newest. Only its own cluster is asked. */
export async function showRun(
  context: AppContext,
  request: { readonly id: string | undefined },
): Promise<{ readonly run: RunStatusView; readonly stale: readonly StaleTarget[] }> {
  const unread = await importFoundRuns(context);
  const store = await context.store();
  const found = requireRun(store, request.id);
  const { stale } = await refreshTargets(context, [found.target as TargetName]);
  return { stale: [...unread, ...stale], run: viewRun(store, findRun(store, found.id) ?? found) };
}

/** By the id or the beginning of it; without either, the newest workflow's. Throws where there is none, or more than one. */
export function requireRun(store: Store, id: string | undefined): RunRow {
  if (id === '') {
    throw new UsageError('the id of the run is empty', {
      code: 'usage.run_id',
      hint: 'Name a run, or leave the id out for the newest.',
    });
  }
  const matches = id === undefined ? storedRuns(store, { kind: 'workflow', limit: 1 }) : findRunsByPrefix(store, id);
  const exact = matches.find((run) => run.id === id) ?? matches[0];
  if (exact === undefined) {
    throw new NotFoundError(id === undefined ? 'there are no runs yet' : `there is no run ${id}`, {
      code: 'run.not_found',
      hint: id === undefined ? 'Start one with `srunx flow run FILE`.' : '`srunx flow list` shows the runs.',
    });
  }
  if (matches.length > 1 && exact.id !== id) {
    throw new UsageError(`${id} is the beginning of ${matches.length} runs`, {
      code: 'run.ambiguous',
      hint: 'Write more of the id.',
      detail: matches.map((run) => `${run.id}  ${run.name}`).join('\n'),
    });
  }
  return exact;
}
