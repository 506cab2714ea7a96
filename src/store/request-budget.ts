import type { Store } from './open-store.ts';
import { transact } from './transaction.ts';

const perSecond = 1;
const burst = 5;

/**
 * Takes one request from the budget that all processes of this host share for a cluster, and returns how many
 * milliseconds to wait before sending it. The debt is booked, so waiters queue up behind each other.
 */
export function takeRequest(store: Store, clusterId: number, nowMs: number): Promise<number> {
  return transact(store, () => {
    const row = store.db.prepare('SELECT tokens, refilled_at FROM request_budget WHERE cluster_id = ?').get(clusterId);
    const saved = row === undefined ? burst : Number(row['tokens']);
    const elapsedMs = row === undefined ? 0 : Math.max(0, nowMs - Number(row['refilled_at']));
    const tokens = Math.min(burst, saved + (elapsedMs / 1000) * perSecond) - 1;
    store.db
      .prepare(
        `INSERT INTO request_budget (cluster_id, tokens, refilled_at) VALUES (?, ?, ?)
         ON CONFLICT (cluster_id) DO UPDATE SET tokens = excluded.tokens, refilled_at = excluded.refilled_at`,
      )
      .run(clusterId, tokens, nowMs);
    return tokens >= 0 ? 0 : Math.ceil((-tokens / perSecond) * 1000);
  });
}
