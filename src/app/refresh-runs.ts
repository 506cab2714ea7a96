import { SrunxError } from '../core/errors.ts';
import { importRuns } from '../engine/import-runs.ts';
import { hasDueWindow } from '../engine/next-window.ts';
import { observeRuns } from '../engine/observe-runs.ts';
import { recoverRuns } from '../engine/recover-runs.ts';
import { lastClusterOf } from '../store/history.ts';
import type { Store } from '../store/open-store.ts';
import { clusterOf, listRuns, type RunRow } from '../store/runs.ts';
import { type AppContext, engineContext, type TargetName } from './app-context.ts';

/** A target that did not answer: its runs are shown as they were seen last. */
export interface StaleTarget {
  readonly target: string;
  readonly message: string;
  /** The run is on another cluster than the one that has this name here. */
  readonly isElsewhere?: true;
}

/** Takes in what other processes or machines have left in the plan directories. Asks no cluster. */
export async function importFoundRuns(context: AppContext): Promise<readonly StaleTarget[]> {
  const target = naturalTarget(context);
  return tolerate(target, async () => {
    const store = await context.store();
    const { signal } = context;
    // To log in takes seconds, and what lies there is taken in when somebody asks about it.
    if (!context.isReady(target) && context.selection().via !== '--profile') return [];
    const { runRoot } = await context.placeOn(target);
    await importRuns({ store, signal }, { shell: context.shell(target), runRoot });
    return [];
  });
}

/** Takes in what nobody here has seen, and brings all up to date about which there may be news. */
export async function refreshRuns(context: AppContext): Promise<readonly StaleTarget[]> {
  const unread = await importFoundRuns(context);
  const { stale } = await refreshTargets(context, await targetsToRefresh(context));
  return [...unread, ...stale];
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
      // A part of a sweep was seen to end, or to be submitted: the next one may be submitted now, or its hand-over is to be looked into.
      const isDue = observed.changed > 0 && hasDueWindow(engine);
      const later = isDue ? [await recoverRuns(engine), await observeRuns(engine)] : [];
      const stale = [recovered, observed, ...later].flatMap((look) => look.stale);
      return [...new Set(stale)].map((message) => ({ target, message }));
    });
  return { stale: (await Promise.all(targets.map(refresh))).flat(), clusterIds };
}

/**
 * Looks at the cluster of one run. Plan directories may come from another cluster, or another machine: what is here under the
 * same name of a target does not know its jobs.
 */
export async function refreshRun(
  context: AppContext,
  run: Pick<RunRow, 'target' | 'clusterId'>,
): Promise<readonly StaleTarget[]> {
  const target = knownTarget(context, run);
  if (target === undefined)
    return [{ target: run.target, message: `there is no target ${run.target} here`, isElsewhere: true }];
  const { stale, clusterIds } = await refreshTargets(context, [target]);
  const here = clusterIds.get(target);
  if (here === undefined || here === run.clusterId) return stale;
  const store = await context.store();
  const message = `the run is on ${nameOf(store, run.clusterId)}, and ${target} is ${nameOf(store, here)} here`;
  return [...stale, { target, message, isElsewhere: true }];
}

/** The target of a run, where there is one of that name here. */
export function knownTarget(
  context: Pick<AppContext, 'isTarget'>,
  { target }: Pick<RunRow, 'target'>,
): TargetName | undefined {
  return context.isTarget(target) ? target : undefined;
}

function nameOf(store: Store, clusterId: number): string {
  const { kind, name } = clusterOf(store, clusterId) ?? { kind: 'slurm', name: 'another cluster' };
  return kind === 'embedded' ? `the machine ${name}` : `the cluster ${name}`;
}

/**
 * The targets about whose runs there may be news: those of this machine and of accounts to which a connection is open, as far as they have
 * unfinished runs, and the selected one if it ever had any. Others are asked when somebody asks about them: to log in takes seconds.
 */
export async function targetsToRefresh(context: AppContext): Promise<readonly TargetName[]> {
  const store = await context.store();
  const selected = naturalTarget(context);
  const open = [...new Set(listRuns(store, { open: true }).map(({ target }) => target))];
  const ready = open.filter((target) => context.isReady(target));
  return lastClusterOf(store, selected) === undefined ? ready : [...new Set([...ready, selected])];
}

/** Where jobs go when nobody says otherwise. */
export function naturalTarget(context: Pick<AppContext, 'selection'>): TargetName {
  return context.selection().name;
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
