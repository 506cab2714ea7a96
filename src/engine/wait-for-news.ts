import type { Store } from '../store/open-store.ts';
import type { EngineContext } from './engine-context.ts';

/** A process that looks at its own memory this often costs nobody anything: 2 µs for the database's version. */
const peekMs = 250;

/** Changes with everything that another process writes. To be taken before the store is read, so that nothing falls in between. */
export function newsMark({ db }: Store): unknown {
  return db.prepare('PRAGMA data_version').get()?.['data_version'];
}

export interface NewsRequest {
  /** What was known when the mark was taken is no news. */
  readonly since: unknown;
  readonly longestMs: number;
}

/** Until another process has written to the store, but not longer than that. */
export async function waitForNews(
  { store, monotonicNow, sleep }: EngineContext,
  { since, longestMs }: NewsRequest,
): Promise<void> {
  const deadline = monotonicNow() + longestMs;
  for (let leftMs = longestMs; leftMs > 0; leftMs = deadline - monotonicNow()) {
    await sleep(Math.min(peekMs, leftMs));
    if (newsMark(store) !== since) return;
  }
}
