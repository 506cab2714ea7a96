import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StorageError } from '../core/errors.ts';
import { initial } from './migrations/0001-initial.ts';

/** In order; the schema version is the number of migrations applied. */
const migrations: readonly string[] = [initial];

export interface Store extends Disposable {
  readonly db: DatabaseSync;
  readonly path: string;
}

/**
 * Opens the database of this host, creating or upgrading it. `:memory:` for tests. A database that a newer srunx wrote is
 * refused untouched.
 */
export function openStore(path: string): Store {
  try {
    return openForWriting(path);
  } catch (error) {
    // Looking at runs must work on a read-only disk; whoever tries to write there hears why it fails.
    const isReadOnly = error instanceof StorageError && error.code === 'store.readonly' && existsSync(path);
    if (!isReadOnly) throw error;
    return openForReading(path, error);
  }
}

function openForReading(path: string, reason: StorageError): Store {
  try {
    // Immutable: no journal is read or made beside it.
    const url = pathToFileURL(path);
    url.searchParams.set('immutable', '1');
    const db = new DatabaseSync(url, { readOnly: true });
    if (!knowsSchema(db)) throw reason;
    return { db, path, [Symbol.dispose]: () => db.close() };
  } catch {
    throw reason;
  }
}

function openForWriting(path: string): Store {
  const db = connect(path);
  try {
    db.exec('PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 50;');
    // WAL needs memory shared between processes, which network file systems do not give.
    db.exec(`PRAGMA journal_mode = ${path === ':memory:' || isLocalDisk(path) ? 'WAL' : 'TRUNCATE'}`);
    db.exec('PRAGMA synchronous = NORMAL');
    migrate(db, path);
  } catch (error) {
    db.close();
    throw toStorageError(error, path);
  }
  return { db, path, [Symbol.dispose]: () => db.close() };
}

function connect(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return new DatabaseSync(path);
  } catch (error) {
    throw toStorageError(error, path);
  }
}

function migrate(db: DatabaseSync, path: string): void {
  if (schemaVersion(db) === migrations.length) return;
  for (let attempt = 0; ; attempt += 1) {
    try {
      db.exec('BEGIN IMMEDIATE');
      break;
    } catch (error) {
      // Another process migrates at this moment: rare, short, and nothing useful can happen before it is done.
      if (!isBusy(error) || attempt >= 100) throw error;
    }
  }
  try {
    const version = schemaVersion(db);
    if (version > migrations.length) throw newerSchema(path, version);
    for (const sql of migrations.slice(version)) db.exec(sql);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

function newerSchema(path: string, version: number): StorageError {
  return new StorageError(
    `the database ${path} was written by a newer srunx (schema ${version}, this one knows ${migrations.length})`,
    { code: 'store.newer_schema', hint: 'Update srunx, or point XDG_STATE_HOME to another directory.' },
  );
}

/** Whether this process still knows the database's schema: a newer srunx may have upgraded it meanwhile. */
export function knowsSchema(db: DatabaseSync): boolean {
  return schemaVersion(db) === migrations.length;
}

export function schemaVersion(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** Magic numbers of statfs(2) for file systems that several hosts share. */
const sharedFileSystems = new Set([
  0x6969, // NFS
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x19830326, // BeeGFS
  0x00c36400, // Ceph
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x65735546, // FUSE: what lies behind it is unknown
]);

function isLocalDisk(path: string): boolean {
  return !sharedFileSystems.has(statfsSync(dirname(path)).type);
}

const busyCodes = new Set([5, 6]); // SQLITE_BUSY, SQLITE_LOCKED

export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && busyCodes.has(Number(error.errcode) & 0xff);
}

/** What a failing database means for the user. Errors of our own pass unchanged. */
export function toStorageError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  const facts = { detail: error.message, cause: error };
  if (code === 13 || error.code === 'ENOSPC') {
    const hint = 'Free some space, then run the command again.';
    return new StorageError(`no space left for the database ${path}`, { ...facts, code: 'store.full', hint });
  }
  if (code === 8 || code === 14 || error.code === 'EACCES' || error.code === 'EROFS' || error.code === 'ENOTDIR') {
    const hint = 'Make the directory writable, or point XDG_STATE_HOME to another one.';
    return new StorageError(`the database ${path} cannot be written`, { ...facts, code: 'store.readonly', hint });
  }
  if (code === 11 || code === 26) {
    const hint = 'Move the file away; runs are read again from their plan directories.';
    return new StorageError(`the database ${path} is damaged`, { ...facts, code: 'store.corrupt', hint });
  }
  if (isBusy(error)) {
    const hint = 'Another srunx process holds it; try again in a moment.';
    return new StorageError(`the database ${path} is locked`, { ...facts, code: 'store.locked', hint });
  }
  return error;
}
