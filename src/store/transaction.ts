import { requireKnownSchema } from './migrate.ts';
import type { Store } from './open-store.ts';
import { isBusy, toStorageError } from './storage-error.ts';

/**
 * Runs `work` in one immediate transaction. Waits for other writers without blocking the event loop; `work` is
 * synchronous, so no transaction ever spans an await. It may be run again: where the end of the transaction meets somebody
 * who reads (without a write-ahead log), everything is undone and tried once more.
 */
export async function transact<T>(store: Store, work: () => T): Promise<T> {
  const deadline = performance.now() + store.patienceMs;
  for (;;) {
    try {
      return attempt(store, work);
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw toStorageError(error, store.path);
    }
    // Not all that wait at the same moment again.
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
  }
}

/**
 * Without a write-ahead log nobody can read while somebody ends a transaction, which takes a network disk some time. A reader
 * has nothing else to do: SQLite waits for it, which blocks the process. A transaction does not wait like that.
 */
export const readPatienceMs = 2_000;

/** The process is not blocked for longer than that: whoever has the lock is waited for between the attempts. */
const busyMs = 50;

function attempt<T>(store: Store, work: () => T): T {
  const { db } = store;
  db.exec(`PRAGMA busy_timeout = ${busyMs}`);
  try {
    return inTransaction(store, work);
  } finally {
    db.exec(`PRAGMA busy_timeout = ${readPatienceMs}`);
  }
}

function inTransaction<T>({ db, path }: Store, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    // A newer srunx may have changed the schema since we opened the file.
    requireKnownSchema(db, path);
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk may have rolled the transaction back already.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
