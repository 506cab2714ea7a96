import { closeSync, existsSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StorageError } from '../core/errors.ts';
import { isOnSharedDisk, makeDirectory } from '../shell/disk.ts';
import { Database } from '../shell/sqlite.ts';
import { knowsSchema, migrate, requireKnownSchema } from './migrate.ts';
import { isBusy, toStorageError } from './storage-error.ts';
import { readPatienceMs } from './transaction.ts';

export interface Store extends Disposable {
  readonly db: Database;
  readonly path: string;
  /** How long a transaction waits for other writers. */
  readonly patienceMs: number;
}

export interface StoreOptions {
  /** Several hosts may open the file; default: what the file system says. */
  readonly isShared?: boolean | undefined;
  /** How long other writers are waited for; default 5 s. */
  readonly patienceMs?: number | undefined;
}

/**
 * Opens the database of this host, creating or upgrading it. `:memory:` for tests. A database that a newer srunx wrote is
 * refused untouched. One that cannot be written is opened for reading: whoever tries to write hears why that fails.
 */
export function openStore(path: string, options: StoreOptions = {}): Store {
  const { patienceMs = 5_000, isShared } = options;
  try {
    return toStore(
      whenFree(() => openForWriting(path, isShared), patienceMs),
      { path, patienceMs },
    );
  } catch (error) {
    const problem = toStorageError(error, path);
    const reader = problem instanceof StorageError && readable.has(problem.code) ? openForReading(path) : undefined;
    if (reader === undefined) throw problem;
    return toStore(reader, { path, patienceMs });
  }
}

function toStore(db: Database, facts: { readonly path: string; readonly patienceMs: number }): Store {
  return { db, ...facts, [Symbol.dispose]: () => db.close() };
}

const pauseMs = 10;

/**
 * Tries again while another process holds the file: one that makes or upgrades it at this moment. Blocks the process, because
 * nothing useful can happen before that is done; SQLite's own waiting does not cover the change of the journal's mode.
 */
function whenFree<T>(open: () => T, patienceMs: number): T {
  const deadline = performance.now() + patienceMs;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      return open();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      Atomics.wait(pause, 0, 0, pauseMs);
    }
  }
}

/** A database with one of these problems may still be read. */
const readable: ReadonlySet<string> = new Set(['store.readonly', 'store.full', 'store.io']);

/** `undefined` where there is nothing to read. */
function openForReading(path: string): Database | undefined {
  if (!existsSync(path)) return undefined;
  const url = pathToFileURL(path);
  // Immutable: no journal is read or made beside it.
  url.searchParams.set('immutable', '1');
  try {
    const db = new Database(url, { readOnly: true });
    if (knowsSchema(db)) return db;
    db.close();
    return undefined;
  } catch (error) {
    throw toStorageError(error, path);
  }
}

function openForWriting(path: string, isShared: boolean | undefined): Database {
  if (path !== ':memory:') makeFile(path);
  const db = new Database(path);
  try {
    db.exec('PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 50;');
    // Before anything is written, and the mode of the journal is written into the file.
    requireKnownSchema(db, path, { orOlder: true });
    chooseJournal(db, isShared ?? (path !== ':memory:' && isOnSharedDisk(dirname(path))));
    migrate(db, path);
    db.exec(`PRAGMA busy_timeout = ${readPatienceMs}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** SQLite would make it readable for everybody whom the umask lets. */
function makeFile(path: string): void {
  makeDirectory(dirname(path), 0o700);
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
}

/**
 * A write-ahead log needs memory shared between processes, which network file systems do not give. It loses the last
 * transactions when the power fails, which the plan directories make good; a rollback journal could lose the file.
 */
function chooseJournal(db: Database, isShared: boolean): void {
  db.exec(isShared ? 'PRAGMA journal_mode = TRUNCATE' : 'PRAGMA journal_mode = WAL');
  db.exec(isShared ? 'PRAGMA synchronous = FULL' : 'PRAGMA synchronous = NORMAL');
}
