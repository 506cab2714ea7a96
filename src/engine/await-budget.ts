import { takeRequest } from '../store/request-budget.ts';
import type { EngineContext } from './engine-context.ts';

/** Waits until this host may send the cluster one more question; the embedded runner may be asked at any time. */
export async function awaitBudget(
  context: Pick<EngineContext, 'cluster' | 'store' | 'clusterId' | 'now' | 'sleep'>,
): Promise<void> {
  const { cluster, store, clusterId, now, sleep } = context;
  if (cluster.kind === 'embedded') return;
  const waitMs = await takeRequest(store, clusterId, now());
  if (waitMs > 0) await sleep(waitMs);
}
