import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeDirectory } from '../../shell/disk.ts';
import { isBusy, toStorageError } from './database.ts';

/**
 * The runner's lock: held by one process at most, and dropped by the kernel with it, whatever kills it. It is a lock of
 * SQLite on an empty database of its own, because Node offers no other lock of the kernel.
 */
export interface RunnerLock extends Disposable {
  /** Whether a runner holds it at this moment. */
  isHeld(): boolean;
  /** Holds it until it is disposed of; false where another process has it. */
  take(): boolean;
}

export function openRunnerLock(stateDir: string): RunnerLock {
  const path = join(stateDir, 'runner.lock');
  let db: DatabaseSync;
  try {
    makeDirectory(stateDir, 0o700);
    db = new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw toStorageError(error, path);
  }
  const attempt = (sql: string): boolean => {
    try {
      db.exec(sql);
      return true;
    } catch (error) {
      if (isBusy(error)) return false;
      throw toStorageError(error, path);
    }
  };
  return {
    isHeld() {
      if (!attempt('BEGIN IMMEDIATE')) return true;
      db.exec('ROLLBACK');
      return false;
    },
    // In this mode the lock outlives the transaction that took it.
    take: () => attempt('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT'),
    [Symbol.dispose]: () => db.close(),
  };
}
