import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listHistory } from '../../src/store/history.ts';
import { jobsOfRun, transitionsSince } from '../../src/store/jobs.ts';
import { addTags, labelsOf, setNote } from '../../src/store/labels.ts';
import { readLease } from '../../src/store/leases.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { findCluster, findRun, findRunsByPrefix } from '../../src/store/runs.ts';
import { runsWithUnreadScripts } from '../../src/store/scripts.ts';
import { openJobs } from '../../src/store/submitted-jobs.ts';
import { transact } from '../../src/store/transaction.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'store');
const scratch = mkdtempSync(join(tmpdir(), 'srunx-upgrade-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const tables = ['cluster', 'run', 'job', 'attempt', 'transition', 'lease', 'request_budget'] as const;

function rowsOf(db: DatabaseSync, table: string): unknown[] {
  return db.prepare(`SELECT * FROM "${table}"`).all();
}

/** The database of a former srunx, in a place of its own. */
function unpack(name: string): string {
  const path = join(scratch, name);
  copyFileSync(join(fixtures, name), path);
  return path;
}

/** See `write-database.ts` for what is in them. */
describe.each(readdirSync(fixtures))('the database %s', (name) => {
  let store: Store;
  let before: ReadonlyMap<string, unknown[]>;
  beforeAll(() => {
    const path = unpack(name);
    const old = new DatabaseSync(path, { readOnly: true });
    before = new Map(tables.map((table) => [table, rowsOf(old, table)]));
    old.close();
    store = openStore(path);
  });
  afterAll(() => store[Symbol.dispose]());

  it.each(tables)('keeps every row of %s as it was', (table) => {
    expect(before.get(table)?.length).toBeGreaterThan(0);
    const rows = rowsOf(store.db, table);
    expect(rows).toHaveLength(before.get(table)?.length ?? 0);
    rows.forEach((row, index) => {
      expect(row).toMatchObject(before.get(table)?.[index] as object);
    });
  });

  it('is sound, with the schema of a new one', () => {
    expect(store.db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    expect(store.db.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
    using fresh = openStore(':memory:');
    const schemaOf = ({ db }: Store) =>
      db.prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name").all();
    expect(schemaOf(store)).toEqual(schemaOf(fresh));
  });

  it('shows its runs and jobs, and follows those that are open', () => {
    expect(findRun(store, 'openflow22')).toMatchObject({ kind: 'workflow', handover: 'done' });
    expect(findRunsByPrefix(store, 'ended').map(({ id }) => id)).toEqual(['endedjob22']);
    expect(jobsOfRun(store, 'openflow22').map(({ state }) => state)).toEqual(['failed', 'running', 'waiting']);
    const clusterId = findCluster(store, 'slurm:hpc@ctl') ?? 0;
    expect(openJobs(store, clusterId).map(({ jobId }) => jobId)).toEqual(['4713']);
    expect(transitionsSince(store, { runId: 'endedjob22', seq: 0 }).map(({ toState }) => toState)).toEqual([
      'pending',
      'running',
      'completed',
    ]);
    expect(readLease(store, 'observe:1')).toMatchObject({ holder: 'host:1:2' });
  });

  it('lists its history, and takes notes and tags', async () => {
    const [row] = listHistory(store, { jobIds: ['4711'] });
    expect(row).toMatchObject({ command: 'train.sh', state: 'completed', tags: [], observation: { gpus: 2 } });
    expect(row?.name).toBe("it's $(mine)\n日本語 | \u001b[31m");
    const key = { runId: 'endedjob22', ordinal: 0 };
    await transact(store, () => {
      setNote(store, key, 'as good as it gets');
      addTags(store, key, ['paper', 'best']);
    });
    expect(labelsOf(store, key)).toEqual({ note: 'as good as it gets', tags: ['best', 'paper'] });
    expect(runsWithUnreadScripts(store, ['local', 'embedded']).length).toBe(3);
  });
});
