import type { Store } from './open-store.ts';
import { transact } from './transaction.ts';

const perSecond = 1;
const burst = 5;

/** How many requests may be sent at once now; below zero, somebody waits for their turn already. */
export function savedRequests(
  { db }: Store,
  { clusterId, nowMs }: { readonly clusterId: number; readonly nowMs: number },
): number {
  const row = db.prepare('SELECT tokens, refilled_at FROM request_budget WHERE cluster_id = ?').get(clusterId);
  if (row === undefined) return burst;
  const elapsedMs = Math.max(0, nowMs - Number(row['refilled_at']));
  return Math.min(burst, Number(row['tokens']) + (elapsedMs / 1000) * perSecond);
}

/**
 * Takes one request from the budget that all processes of this host share for a cluster, and returns how many
 * milliseconds to wait before sending it. The debt is booked, so waiters queue up behind each other.
 */
export function takeRequest(store: Store, clusterId: number, nowMs: number): Promise<number> {
  return transact(store, () => {
    const tokens = savedRequests(store, { clusterId, nowMs }) - 1;
    store.db
      .prepare(
        `INSERT INTO request_budget (cluster_id, tokens, refilled_at) VALUES (?, ?, ?)
         ON CONFLICT (cluster_id) DO UPDATE SET tokens = excluded.tokens, refilled_at = excluded.refilled_at`,
      )
      .run(clusterId, tokens, nowMs);
    return tokens >= 0 ? 0 : Math.ceil((-tokens / perSecond) * 1000);
  });
}
