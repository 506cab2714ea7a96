import { RefusedError, StorageError } from '../core/errors.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import { isDeferred } from '../engine/next-window.ts';
import { observeRuns } from '../engine/observe-runs.ts';
import type { RunRow } from '../store/runs.ts';
import { type AppContext, engineContext } from './app-context.ts';
import { currentRow } from './find-run.ts';
import { knownTarget, refreshRun } from './refresh-runs.ts';

/** Throws where the jobs are not here for anything to be done to them: `nothing was cancelled`. */
export async function engineOfRun(context: AppContext, row: RunRow, past: string): Promise<EngineContext> {
  const target = knownTarget(context, row);
  const engine = target === undefined ? undefined : await engineContext(context, target);
  if (engine?.clusterId === row.clusterId) return engine;
  throw new RefusedError(`run ${row.id} is on another cluster than ${row.target} is here; nothing was ${past}`, {
    code: 'run.elsewhere',
    hint: 'Do it on a machine of its cluster.',
  });
}

/** A store that cannot be written keeps nobody from ending jobs: what it has is enough to go by. */
export async function look(engine: EngineContext): Promise<void> {
  try {
    await observeRuns(engine);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
  }
}

/** Not all of it may be submitted yet. */
export function isHandoverOpen(engine: EngineContext, row: RunRow): boolean {
  return ['planned', 'running', 'stopped'].includes(currentRow(engine.store, row).handover);
}

/** Most hand-overs take seconds; after that, jobs that are not submitted yet are said to be so. */
const handoverWaitMs = 60_000;

/** Brings a hand-over that was begun to its end. */
export async function awaitHandover(
  context: AppContext,
  { engine, row }: { readonly engine: EngineContext; readonly row: RunRow },
): Promise<void> {
  // What is to come later is not waited for.
  const isOpen = () => isHandoverOpen(engine, row) && !isDeferred(engine.store, row);
  if (!isOpen()) return;
  const deadline = context.monotonicNow() + handoverWaitMs;
  for (await refreshRun(context, row); isOpen() && context.monotonicNow() < deadline; await refreshRun(context, row)) {
    await context.sleep(500);
  }
}
