import { statSync } from 'node:fs';
import { schemaVersion } from './migrate.ts';
import type { Store } from './open-store.ts';
import { toStorageError } from './storage-error.ts';

export interface StoreFacts {
  readonly path: string;
  readonly schema: number;
  /** `wal`, or `truncate` on disks that several hosts share. */
  readonly journal: string;
  readonly bytes: number;
  /** What SQLite finds wrong with the file; empty where nothing is. */
  readonly damage: readonly string[];
}

/** Reads the whole file: some seconds where it is large. */
export function inspectStore({ db, path }: Store): StoreFacts {
  try {
    const findings = db
      .prepare('PRAGMA quick_check(10)')
      .all()
      .map((row) => String(Object.values(row)[0]));
    return {
      path,
      schema: schemaVersion(db),
      journal: String(db.prepare('PRAGMA journal_mode').get()?.['journal_mode']),
      bytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0,
      damage: findings.filter((text) => text !== 'ok'),
    };
  } catch (error) {
    throw toStorageError(error, path);
  }
}
