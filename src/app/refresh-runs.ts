import { SrunxError } from '../core/errors.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import { importRuns } from '../engine/import-runs.ts';
import { hasDueWindow } from '../engine/next-window.ts';
import { observeRuns } from '../engine/observe-runs.ts';
import { recoverRuns } from '../engine/recover-runs.ts';
import { lastClusterOf } from '../store/history.ts';
import type { Store } from '../store/open-store.ts';
import { clusterOf, listRuns, type RunRow } from '../store/runs.ts';
import { type AppContext, openAll, type TargetName } from './app-context.ts';
import { engineToLook } from './look-ahead.ts';
import { isRemote } from './target-name.ts';

/** A target that did not answer: its runs are shown as they were seen last. */
export interface StaleTarget {
  readonly target: string;
  readonly message: string;
  /** The next step. */
  readonly hint?: string | undefined;
  /** The run is on another cluster than the one that has this name here. */
  readonly isElsewhere?: true;
}

/** Takes in what other processes or machines have left in the plan directories. Asks no cluster. */
export async function importFoundRuns(context: AppContext): Promise<readonly StaleTarget[]> {
  return (await takeInFound(context)).stale;
}

interface TakenIn {
  readonly stale: readonly StaleTarget[];
  /** There was something that was not known. */
  readonly isNews: boolean;
}

/** The same, and says whether there was anything. */
export async function takeInFound(context: AppContext, ready?: Promise<void>): Promise<TakenIn> {
  const target = naturalTarget(context);
  let isNews = false;
  const stale = await tolerate(target, async () => {
    if (!isImported(context)) return [];
    await ready;
    isNews = await importRunsOf(context, target);
    return [];
  });
  return { stale, isNews };
}

/** To log in takes seconds, and what lies there is taken in when somebody asks about it. */
export function isImported(context: Pick<AppContext, 'selection' | 'isReady'>): boolean {
  return context.isReady(naturalTarget(context)) || context.selection().via === '--profile';
}

/** Whether there was something that was not known. */
async function importRunsOf(context: AppContext, target: TargetName): Promise<boolean> {
  const { signal } = context;
  const store = await context.store();
  const { runRoot } = await context.placeOn(target);
  const news = await importRuns({ store, signal }, { shell: context.shell(target), runRoot });
  return news.length > 0;
}

/**
 * Takes in what nobody here has seen, and looks at some targets. On another machine at the same time: there is rarely anything, and where
 * there is, they are looked at again.
 */
export async function refreshFound(
  context: AppContext,
  targetsOf: () => Promise<readonly TargetName[]>,
): Promise<RefreshedTargets & { readonly unread: readonly StaleTarget[] }> {
  const look = async () => refreshTargets(context, await targetsOf());
  const target = naturalTarget(context);
  if (!isRemote(target)) {
    const { stale: unread } = await takeInFound(context);
    return { ...(await look()), unread };
  }
  const ready = isImported(context) ? openAll(context, target) : Promise.resolve();
  const lookOnce = async () => {
    // Whoever takes in says why not.
    await ready.catch(() => undefined);
    return look();
  };
  const [{ stale: unread, isNews }, seen] = await Promise.all([takeInFound(context, ready), lookOnce()]);
  return { ...(isNews ? await look() : seen), unread };
}

/**
 * Takes in what nobody here has seen, and brings all up to date about which there may be news. With `targets`, each of these is asked
 * in any case, in place of the selected one.
 */
export async function refreshRuns(
  context: AppContext,
  targets?: readonly TargetName[],
): Promise<readonly StaleTarget[]> {
  if (targets === undefined) {
    const { unread, stale } = await refreshFound(context, () => targetsToRefresh(context));
    return [...unread, ...stale];
  }
  return (await askTargets(context, { targets, refresh: true, withOpen: true })).stale;
}

interface AskRequest {
  readonly targets: readonly TargetName[];
  /** Also how unfinished jobs stand, not only what lies there. */
  readonly refresh: boolean;
  /** Unfinished jobs of other targets, too, where that takes no login. */
  readonly withOpen: boolean;
}

/** All at the same time, whatever is known of them. One that cannot be asked, for whatever reason, does not spoil the others. */
export async function askTargets(
  context: AppContext,
  { targets, refresh, withOpen }: AskRequest,
): Promise<RefreshedTargets> {
  const takeIn = (target: TargetName) =>
    tolerate(
      target,
      async () => {
        await importRunsOf(context, target);
        return [];
      },
      isNoDefect,
    );
  const unread = (await Promise.all(targets.map(takeIn))).flat();
  const others = withOpen ? await openTargets(context) : [];
  const store = await context.store();
  const isAsked = (name: TargetName) =>
    // Nothing was ever sent to the others.
    refresh && unread.every(({ target }) => target !== name) && lastClusterOf(store, name) !== undefined;
  const asked = [...targets.filter(isAsked), ...others.filter((target) => !targets.includes(target))];
  const { stale, clusterIds } = await refreshTargets(context, asked, isNoDefect);
  return { stale: [...unread, ...stale], clusterIds };
}

function isNoDefect({ kind }: SrunxError): boolean {
  return kind !== 'bug';
}

export interface RefreshedTargets {
  readonly stale: readonly StaleTarget[];
  /** Which clusters the targets are, as far as they have answered. */
  readonly clusterIds: ReadonlyMap<TargetName, number>;
}

/**
 * Finishes interrupted hand-overs and looks at each target's cluster once, all of them at the same time; but targets that are one cluster
 * one after the other, as each would hold what the other wants to finish.
 */
export async function refreshTargets(
  context: AppContext,
  targets: readonly TargetName[],
  isTolerable?: (error: SrunxError) => boolean,
): Promise<RefreshedTargets> {
  const clusterIds = new Map<TargetName, number>();
  const refresh = (target: TargetName) =>
    tolerate(
      target,
      async () => {
        const engine = await engineToLook(context, target);
        clusterIds.set(target, engine.clusterId);
        return (await lookAt(engine)).map((message) => ({ target, message }));
      },
      isTolerable,
    );
  const store = await context.store();
  const clusters = Map.groupBy(targets, (target) => lastClusterOf(store, target) ?? target);
  const inTurn = async (names: readonly TargetName[]) => {
    const stale: StaleTarget[] = [];
    for (const name of names) stale.push(...(await refresh(name)));
    return stale;
  };
  return { stale: (await Promise.all([...clusters.values()].map(inTurn))).flat(), clusterIds };
}

/** Why a source did not answer. */
async function lookAt(engine: EngineContext): Promise<readonly string[]> {
  const recovered = await recoverRuns(engine);
  // What has been submitted meanwhile was not seen.
  if (recovered.changed > 0 || recovered.stale.length > 0) void engine.takeAhead?.();
  const observed = await observeRuns(engine);
  // A part of a sweep was seen to end, or to be submitted: the next one may be submitted now, or its hand-over is to be looked into.
  const isDue = observed.changed > 0 && hasDueWindow(engine);
  const later = isDue ? [await recoverRuns(engine), await observeRuns(engine)] : [];
  return [...new Set([recovered, observed, ...later].flatMap((look) => look.stale))];
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
  const selected = naturalTarget(context);
  const ready = await openTargets(context);
  return lastClusterOf(await context.store(), selected) === undefined ? ready : [...new Set([...ready, selected])];
}

/** Those with unfinished runs that can be asked without a login. */
async function openTargets(context: AppContext): Promise<readonly TargetName[]> {
  const open = new Set(listRuns(await context.store(), { open: true }).map(({ target }) => target));
  return [...open].filter((target) => context.isReady(target));
}

/** Where jobs go when nobody says otherwise. */
export function naturalTarget(context: Pick<AppContext, 'selection'>): TargetName {
  return context.selection().name;
}

/** The store still shows what was seen last; the caller says how old it is. */
export async function tolerate(
  target: TargetName,
  work: () => Promise<readonly StaleTarget[]>,
  isTolerable = ({ kind }: SrunxError) => kind === 'connection' || kind === 'storage',
): Promise<readonly StaleTarget[]> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SrunxError) || !isTolerable(error)) throw error;
    return [{ target, message: error.message, hint: error.hint }];
  }
}
