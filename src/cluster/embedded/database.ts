import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StorageError } from '../../core/errors.ts';
import { isOnSharedDisk, makeDirectory } from '../../shell/disk.ts';
import { Database } from '../../shell/sqlite.ts';
import { schema, schemaVersion } from './schema.ts';

export interface QueueDatabase extends Disposable {
  readonly db: DatabaseSync;
  readonly path: string;
  readonly isReadOnly: boolean;
}

export function databasePath(stateDir: string): string {
  return join(stateDir, 'embedded.db');
}

/** Opens the queue of this machine, creating it where it is missing. A queue that a newer srunx wrote is refused untouched. */
export function openQueue(stateDir: string): QueueDatabase {
  const path = databasePath(stateDir);
  let db: DatabaseSync | undefined;
  try {
    makeDirectory(stateDir, 0o700);
    // SQLite gives its other files the mode of this one; environments may hold secrets.
    closeSync(openSync(path, 'a', 0o600));
    db = new Database(path, { timeout: 50 });
    // WAL needs memory shared between processes, which network file systems do not give.
    const mode = isOnSharedDisk(stateDir) ? 'TRUNCATE' : 'WAL';
    execBlocking(db, `PRAGMA journal_mode = ${mode}`);
    db.exec('PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;');
    createSchema(db, path);
  } catch (error) {
    db?.close();
    throw toStorageError(error, path);
  }
  const open = db;
  return { db: open, path, isReadOnly: false, [Symbol.dispose]: () => open.close() };
}

/**
 * The queue as the file has it, for a disk on which not even the files can be made that reading usually needs. Changes of
 * processes that were killed may be missing from it.
 */
export function openQueueReadOnly(stateDir: string): QueueDatabase {
  const path = databasePath(stateDir);
  try {
    const address = pathToFileURL(path);
    address.searchParams.set('immutable', '1');
    const db = new Database(address, { readOnly: true });
    return { db, path, isReadOnly: true, [Symbol.dispose]: () => db.close() };
  } catch (error) {
    throw toStorageError(error, path);
  }
}

function createSchema(db: DatabaseSync, path: string): void {
  if (currentVersion(db) === schemaVersion) return;
  execBlocking(db, 'BEGIN IMMEDIATE');
  try {
    const version = currentVersion(db);
    if (version > schemaVersion) throw newerSchema(path);
    if (version === 0) {
      db.exec(schema);
      db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)').run('id', randomUUID());
      db.exec(`PRAGMA user_version = ${schemaVersion}`);
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Another process creates the tables at this moment: rare and short, and nothing useful can happen before. */
function execBlocking(db: DatabaseSync, sql: string): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      db.exec(sql);
      return;
    } catch (error) {
      if (!isBusy(error) || attempt === 500) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

export function currentVersion(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
}

/**
 * Runs `work` in one immediate transaction. Waits for other writers without blocking the event loop; `work` is synchronous,
 * so no transaction ever spans an await. It may be run again: where the end of the transaction meets somebody who reads
 * (without a write-ahead log), everything is undone and tried once more.
 */
export function transact<T>(queue: QueueDatabase, work: () => T): Promise<T> {
  return whenFree(queue, () => attempt(queue.db, 'BEGIN IMMEDIATE', work));
}

/**
 * Reads the queue as it is at one moment, with however many statements: what others write between two of them is seen by the
 * next query. Else a job that ends meanwhile is in neither the list of the open ones nor that of the ended ones, or in one of
 * them without its tasks. Another process's checkpoint or rollback journal may hold it up; then `work` is run again.
 */
export function query<T>(queue: QueueDatabase, work: () => T): Promise<T> {
  return whenFree(queue, () => attempt(queue.db, 'BEGIN', work));
}

async function whenFree<T>({ path }: QueueDatabase, work: () => T): Promise<T> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw toStorageError(error, path);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function attempt<T>(db: DatabaseSync, begin: string, work: () => T): T {
  db.exec(begin);
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk may have rolled the transaction back already.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function errorCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
}

export function isBusy(error: unknown): boolean {
  return errorCode(error) === 5 || errorCode(error) === 6;
}

const troubles: ReadonlySet<string> = new Set(['embedded.full', 'embedded.io', 'embedded.readonly', 'embedded.locked']);

/** The disk or its permissions keep the queue from being written; what is in it is sound. */
export function isStorageTrouble(error: unknown): boolean {
  return error instanceof StorageError && troubles.has(error.code);
}

function newerSchema(path: string): StorageError {
  return new StorageError(`the queue ${path} was written by a newer srunx`, {
    code: 'embedded.newer_schema',
    hint: 'Update srunx, or point XDG_STATE_HOME to another directory.',
  });
}

/** What a failing database means for the user. Errors of our own pass unchanged. */
export function toStorageError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = errorCode(error);
  const facts = { detail: error.message, cause: error };
  if (code === 13 || error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    const hint = 'Free some space, then run the command again; jobs that run go on.';
    return new StorageError(`no space left for the queue ${path}`, { ...facts, code: 'embedded.full', hint });
  }
  if (code === 8 || code === 14 || ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(`${error.code}`)) {
    const hint = 'Make the directory writable, or point XDG_STATE_HOME to another one.';
    return new StorageError(`the queue ${path} cannot be written`, { ...facts, code: 'embedded.readonly', hint });
  }
  if (code === 10) {
    const hint = 'Look whether the disk is full or failing, then run the command again; jobs that run go on.';
    return new StorageError(`the queue ${path} cannot be read or written`, { ...facts, code: 'embedded.io', hint });
  }
  if (code === 11 || code === 26) {
    const hint = 'Move the file away to begin with an empty queue; jobs that run go on, but are not known any more.';
    return new StorageError(`the queue ${path} is damaged`, { ...facts, code: 'embedded.corrupt', hint });
  }
  if (isBusy(error)) {
    const hint = 'Another srunx process holds it; try again in a moment.';
    return new StorageError(`the queue ${path} is locked`, { ...facts, code: 'embedded.locked', hint });
  }
  return error;
}
