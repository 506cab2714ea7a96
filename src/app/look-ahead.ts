import type { Snapshot } from '../cluster/cluster.ts';
import { awaitBudget } from '../engine/await-budget.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import { unfinishedHandovers } from '../engine/recover-runs.ts';
import { lastClusterOf } from '../store/history.ts';
import { listRuns } from '../store/runs.ts';
import { type AppContext, engineContext, type TargetName } from './app-context.ts';
import { isRemote } from './target-name.ts';

/**
 * The engine's view of a target that is to be looked at. Another machine is asked for the jobs of the account in the same turn as who it is:
 * each is a round trip. What was seen is of no use where it is another cluster than it was, and none is begun where something may be
 * submitted first, which it would not show.
 */
export async function engineToLook(context: AppContext, target: TargetName): Promise<EngineContext> {
  const [engine, ahead] = await Promise.all([engineContext(context, target), lookAhead(context, target)]);
  if (ahead === undefined || ahead.clusterId !== engine.clusterId) return engine;
  let snapshot: Promise<Snapshot> | undefined = ahead.snapshot;
  const takeAhead = () => {
    const taken = snapshot;
    snapshot = undefined;
    return taken;
  };
  return { ...engine, takeAhead };
}

interface Ahead {
  readonly clusterId: number;
  readonly snapshot: Promise<Snapshot>;
}

async function lookAhead(context: AppContext, target: TargetName): Promise<Ahead | undefined> {
  if (!isRemote(target)) return undefined;
  const store = await context.store();
  const clusterId = lastClusterOf(store, target);
  if (clusterId === undefined || listRuns(store, { clusterId, limit: 1 }).length === 0) return undefined;
  if (unfinishedHandovers({ store, clusterId }).length > 0) return undefined;
  const { now, sleep, signal } = context;
  const cluster = await context.cluster(target);
  const look = async () => {
    await awaitBudget({ store, clusterId, cluster, now, sleep });
    return cluster.observe({ scope: 'me', signal });
  };
  const snapshot = look();
  // Whoever takes it hears of a failure.
  snapshot.catch(() => undefined);
  return { clusterId, snapshot };
}
