import { SrunxError } from '../core/errors.ts';
import { importRuns } from '../engine/import-runs.ts';
import { observeRuns } from '../engine/observe-runs.ts';
import { recoverRuns } from '../engine/recover-runs.ts';
import { lastClusterOf } from '../store/history.ts';
import { listRuns } from '../store/runs.ts';
import { type AppContext, engineContext, type TargetName } from './app-context.ts';

/** A target that did not answer: its runs are shown as they were seen last. */
export interface StaleTarget {
  readonly target: string;
  readonly message: string;
}

/** Takes in what other processes or machines have left in the plan directories. Asks no cluster. */
export async function importFoundRuns(context: AppContext): Promise<readonly StaleTarget[]> {
  const target = naturalTarget(context);
  return tolerate(target, async () => {
    const store = await context.store();
    const { runRoot, signal } = context;
    await importRuns({ store, signal }, { shell: context.shell(target), runRoot });
    return [];
  });
}

export interface RefreshedTargets {
  readonly stale: readonly StaleTarget[];
  /** Which clusters the targets are, as far as they have answered. */
  readonly clusterIds: ReadonlyMap<TargetName, number>;
}

/** Finishes interrupted hand-overs and looks at each target's cluster once, all of them at the same time. */
export async function refreshTargets(context: AppContext, targets: readonly TargetName[]): Promise<RefreshedTargets> {
  const clusterIds = new Map<TargetName, number>();
  const refresh = (target: TargetName) =>
    tolerate(target, async () => {
      const engine = await engineContext(context, target);
      clusterIds.set(target, engine.clusterId);
      const recovered = await recoverRuns(engine);
      const observed = await observeRuns(engine);
      return [...recovered.stale, ...observed.stale].map((message) => ({ target, message }));
    });
  return { stale: (await Promise.all(targets.map(refresh))).flat(), clusterIds };
}

/** The targets about whose runs there may be news: those with unfinished ones, and the natural one if it has any. */
export async function targetsToRefresh(context: AppContext): Promise<readonly TargetName[]> {
  const store = await context.store();
  const open = new Set(listRuns(store, { open: true }).map(({ target }) => target));
  const natural = naturalTarget(context);
  if (lastClusterOf(store, natural) !== undefined) open.add(natural);
  const all: readonly TargetName[] = context.hasSlurm() ? ['local', 'embedded'] : ['embedded'];
  return all.filter((target) => open.has(target));
}

/** Where jobs go when nobody says otherwise. */
export function naturalTarget(context: AppContext): TargetName {
  return context.hasSlurm() ? 'local' : 'embedded';
}

/** The store still shows what was seen last; the caller says how old it is. */
export async function tolerate(
  target: TargetName,
  work: () => Promise<readonly StaleTarget[]>,
): Promise<readonly StaleTarget[]> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SrunxError) || !['connection', 'storage'].includes(error.kind)) throw error;
    return [{ target, message: error.message }];
  }
}
