import { NotFoundError, SrunxError, UsageError } from '../core/errors.ts';
import { importRuns } from '../engine/import-runs.ts';
import { observeRuns } from '../engine/observe-runs.ts';
import { recoverRuns } from '../engine/recover-runs.ts';
import { findRunsByPrefix, type RunRow, listRuns as storedRuns } from '../store/runs.ts';
import { type AppContext, engineContext, type TargetName } from './app-context.ts';
import { type RunStatusView, viewRun } from './run-status-view.ts';

export interface ListedRuns {
  readonly runs: readonly RunStatusView[];
  /** Targets that did not answer: their runs are shown as they were seen last. */
  readonly stale: readonly { readonly target: string; readonly message: string }[];
}

/** The runs this host knows or finds in the plan directories, brought up to date. Newest first. */
export async function listRuns(context: AppContext, request: { readonly limit: number }): Promise<ListedRuns> {
  const stale = await refresh(context);
  const store = await context.store();
  const rows = storedRuns(store, { kind: 'workflow', limit: request.limit });
  return { stale, runs: rows.map((run) => viewRun(store, run)) };
}

/** One run by its id or the beginning of it; without either, the newest. */
export async function showRun(
  context: AppContext,
  request: { readonly id: string | undefined },
): Promise<{ readonly run: RunStatusView; readonly stale: ListedRuns['stale'] }> {
  if (request.id === '') {
    throw new UsageError('the id of the run is empty', {
      code: 'usage.run_id',
      hint: 'Name a run, or leave the id out for the newest.',
    });
  }
  const stale = await refresh(context);
  const store = await context.store();
  const matches =
    request.id === undefined ? storedRuns(store, { kind: 'workflow', limit: 1 }) : findRunsByPrefix(store, request.id);
  const exact = matches.find(({ id }) => id === request.id) ?? matches[0];
  if (exact === undefined) {
    throw new NotFoundError(request.id === undefined ? 'there are no runs yet' : `there is no run ${request.id}`, {
      code: 'run.not_found',
      hint: request.id === undefined ? 'Start one with `srunx flow run FILE`.' : '`srunx flow list` shows the runs.',
    });
  }
  if (matches.length > 1 && exact.id !== request.id) {
    throw new UsageError(`${request.id} is the beginning of ${matches.length} runs`, {
      code: 'run.ambiguous',
      hint: 'Write more of the id.',
      detail: matches.map(({ id, name }) => `${id}  ${name}`).join('\n'),
    });
  }
  return { stale, run: viewRun(store, exact) };
}

/**
 * Takes in what other processes or machines have left in the plan directories, finishes interrupted hand-overs and looks at
 * each cluster with open runs once.
 */
async function refresh(context: AppContext): Promise<ListedRuns['stale']> {
  const stale: { target: string; message: string }[] = [];
  for (const target of await targets(context)) {
    try {
      const engine = await engineContext(context, target);
      await importRuns(engine, { shell: context.shell(target), runRoot: context.runRoot });
      const recovered = await recoverRuns(engine);
      const observed = await observeRuns(engine);
      stale.push(...[...recovered.stale, ...observed.stale].map((message) => ({ target, message })));
    } catch (error) {
      // The store still shows what was seen last; the caller says how old it is.
      if (!(error instanceof SrunxError) || !['connection', 'storage'].includes(error.kind)) throw error;
      stale.push({ target, message: error.message });
    }
  }
  return stale;
}

async function targets(context: AppContext): Promise<TargetName[]> {
  const known = new Set(storedRuns(await context.store(), { open: true }).map(({ target }: RunRow) => target));
  const all: TargetName[] = context.hasSlurm() ? ['local', 'embedded'] : ['embedded'];
  // A target without open runs is asked only where it is the natural one: its plan directories may hold runs unknown here.
  return all.filter((target, index) => index === 0 || known.has(target));
}
