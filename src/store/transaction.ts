import { isBusy, type Store, toStorageError } from './open-store.ts';

/**
 * Runs `work` in one immediate transaction. Waits for other writers without blocking the event loop; `work` is
 * synchronous, so no transaction ever spans an await.
 */
export async function transact<T>(store: Store, work: () => T): Promise<T> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      store.db.exec('BEGIN IMMEDIATE');
      break;
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw toStorageError(error, store.path);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  try {
    const result = work();
    store.db.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk may have rolled the transaction back already.
    if (store.db.isTransaction) store.db.exec('ROLLBACK');
    throw toStorageError(error, store.path);
  }
}
