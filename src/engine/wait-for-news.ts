import type { EngineContext } from './engine-context.ts';

/** A process that looks at its own memory this often costs nobody anything: 2 µs for the database's version. */
const peekMs = 250;

/** Until another process has written to the store, but not longer than that. */
export async function waitForNews({ store, monotonicNow, sleep }: EngineContext, longestMs: number): Promise<void> {
  const version = store.db.prepare('PRAGMA data_version');
  const before = version.get()?.['data_version'];
  const deadline = monotonicNow() + longestMs;
  for (let leftMs = longestMs; leftMs > 0; leftMs = deadline - monotonicNow()) {
    await sleep(Math.min(peekMs, leftMs));
    if (version.get()?.['data_version'] !== before) return;
  }
}
