import type { DatabaseSync } from 'node:sqlite';
import { StorageError } from '../core/errors.ts';
import { initial } from './migrations/0001-initial.ts';
import { history } from './migrations/0002-history.ts';
import { nodeTest } from './migrations/0003-node-test.ts';
import { tries } from './migrations/0004-tries.ts';

/** In order; the schema version is the number of migrations applied. */
const migrations: readonly string[] = [initial, history, nodeTest, tries];

/** Brings the schema up to date, once, however many processes try at the same time. */
export function migrate(db: DatabaseSync, path: string): void {
  if (schemaVersion(db) === migrations.length) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have been faster.
    requireKnownSchema(db, path, { orOlder: true });
    for (const sql of migrations.slice(schemaVersion(db))) db.exec(sql);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Whether this process still knows the database's schema: a newer srunx may have upgraded it meanwhile. */
export function knowsSchema(db: DatabaseSync): boolean {
  return schemaVersion(db) === migrations.length;
}

/** Throws where a newer srunx has written the database. */
export function requireKnownSchema(
  db: DatabaseSync,
  path: string,
  { orOlder = false }: { readonly orOlder?: boolean } = {},
): void {
  const version = schemaVersion(db);
  if (version === migrations.length || (orOlder && version < migrations.length)) return;
  throw new StorageError(
    `the database ${path} was written by a newer srunx (schema ${version}, this one knows ${migrations.length})`,
    { code: 'store.newer_schema', hint: 'Update srunx, or point XDG_STATE_HOME to another directory.' },
  );
}

export function schemaVersion(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
}
