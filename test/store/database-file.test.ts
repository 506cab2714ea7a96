import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { acquireLease } from '../../src/store/leases.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { ensureCluster, findCluster, findRun, insertRun } from '../../src/store/runs.ts';
import { transact } from '../../src/store/transaction.ts';

const scratch = mkdtempSync(join(tmpdir(), 'srunx-store-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Rounds of each kind; the full proof is 200. */
const rounds = Number(process.env['SRUNX_CHAOS_ROUNDS'] ?? 10);

const disks = [
  ['on a disk of this machine', 'local', 'wal'],
  ['on a network disk', 'shared', 'truncate'],
] as const;

function addRun(store: Store, id: string): void {
  const clusterId = ensureCluster(store, { key: 'slurm:c@h', kind: 'slurm', name: 'c' });
  const facts = { kind: 'workflow', name: 'w', source: null, target: 'local', clusterId, directory: '/d' } as const;
  insertRun(store, { ...facts, id, plan: 'x'.repeat(3_000), createdAt: 1, handover: 'planned' });
}

function countOf(store: Store, table: 'run' | 'job'): number {
  return Number(store.db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
}

function isSound(store: Store): boolean {
  return store.db.prepare('PRAGMA integrity_check').get()?.['integrity_check'] === 'ok';
}

describe('a new database', () => {
  it('is for nobody else to read', () => {
    const path = join(scratch, 'state', 'deep', "a b$(x)日本'", 'srunx.db');
    openStore(path)[Symbol.dispose]();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  it.each(disks)('%s has the journal that is safe there', (_, disk, mode) => {
    using store = openStore(join(scratch, `${disk}.db`), { isShared: disk === 'shared' });
    expect(store.db.prepare('PRAGMA journal_mode').get()?.['journal_mode']).toBe(mode);
  });

  it.each(disks)('%s is made once, however many processes open it at the same moment', async (_, disk) => {
    for (let round = 0; round < 3; round += 1) {
      const path = join(scratch, `race-${disk}-${round}.db`);
      const writers = Array.from({ length: 4 }, () => startWriter(path, disk));
      await Promise.all(writers.map(({ begun }) => begun));
      await Promise.all(writers.map((writer) => writer.kill()));
      using store = openStore(path);
      expect(isSound(store)).toBe(true);
      expect(countOf(store, 'run')).toBeGreaterThanOrEqual(4);
    }
  });
});

describe('a database', () => {
  it.each(disks)(`%s survives kill -9 of its writers, ${rounds} times at any moment`, async (_, disk) => {
    const path = join(scratch, `killed-${disk}.db`);
    let before = 0;
    for (let round = 0; round < rounds; round += 1) {
      const writers = [startWriter(path, disk), startWriter(path, disk)];
      await Promise.all(writers.map(({ begun }) => begun));
      await sleep(Math.random() * 40);
      await Promise.all(writers.map((writer) => writer.kill()));
      using store = openStore(path, { isShared: disk === 'shared' });
      expect(isSound(store)).toBe(true);
      // A transaction is there as a whole, or not at all; and what was there stays.
      const runs = countOf(store, 'run') - round;
      expect(countOf(store, 'job')).toBe(2 * runs);
      expect(runs).toBeGreaterThanOrEqual(before + 2);
      before = runs;
      await transact(store, () => addRun(store, `after-${round}`));
    }
  });

  it('of a newer srunx is refused, and not touched', () => {
    const path = join(scratch, 'newer.db');
    const db = new DatabaseSync(path);
    db.exec('CREATE TABLE theirs (x); PRAGMA user_version = 99');
    db.close();
    const before = readFileSync(path);
    expect(() => openStore(path)).toThrow(/written by a newer srunx \(schema 99/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('that a newer srunx upgrades meanwhile is not written any more', async () => {
    const path = join(scratch, 'upgraded.db');
    using store = openStore(path);
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    await expect(transact(store, () => addRun(store, 'r'))).rejects.toMatchObject({ code: 'store.newer_schema' });
    expect(findRun(store, 'r')).toBeUndefined();
  });

  it('that is none is refused, with what to do', () => {
    const path = join(scratch, 'garbage.db');
    writeFileSync(path, 'this is no database, but long enough to be taken for one '.repeat(100));
    const refusal = { code: 'store.corrupt', hint: expect.stringContaining('Move the file away') };
    expect(() => openStore(path)).toThrow(expect.objectContaining(refusal));
  });

  it('in a place that cannot be is refused, with what to do', () => {
    writeFileSync(join(scratch, 'file'), '');
    for (const path of [join(scratch, 'file', 'srunx.db'), join(scratch, 'file', 'x', 'srunx.db')]) {
      expect(() => openStore(path)).toThrow(expect.objectContaining({ code: 'store.readonly' }));
    }
  });
});

describe('while another process writes', () => {
  it.each(disks)('%s, a writer waits without blocking its process', async (_, disk) => {
    const path = join(scratch, `busy-${disk}.db`);
    const options = { isShared: disk === 'shared' };
    using first = openStore(path, options);
    using second = openStore(path, options);
    first.db.exec('BEGIN IMMEDIATE');
    let longestMs = 0;
    let last = performance.now();
    const ticker = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 1);
    const write = transact(second, () => addRun(second, 'r'));
    await sleep(500);
    first.db.exec('COMMIT');
    await write;
    clearInterval(ticker);
    // SQLite itself waits for 50 ms.
    expect(longestMs).toBeLessThan(250);
    expect(findRun(first, 'r')?.id).toBe('r');
  });

  it('a writer gives up in the end, and says why', async () => {
    const path = join(scratch, 'locked.db');
    using first = openStore(path);
    using second = openStore(path, { patienceMs: 100 });
    addRun(first, 'r');
    first.db.exec('BEGIN IMMEDIATE');
    const lease = acquireLease(second, { name: 'x', holder: 'me', mayReplace: () => false });
    await expect(lease).rejects.toMatchObject({ code: 'store.locked', hint: expect.stringContaining('try again') });
    // Reading never waits.
    expect(findRun(second, 'r')?.id).toBe('r');
    first.db.exec('ROLLBACK');
  });

  it('on a network disk, a writer waits for those who read, and begins again', async () => {
    const path = join(scratch, 'read.db');
    using reader = openStore(path, { isShared: true });
    using writer = openStore(path, { isShared: true });
    for (const id of ['a', 'b', 'c']) await transact(writer, () => addRun(writer, id));
    const rows = reader.db.prepare('SELECT id FROM run').iterate();
    rows.next();
    let tries = 0;
    const write = transact(writer, () => {
      tries += 1;
      addRun(writer, 'd');
    });
    await sleep(150);
    expect([...rows]).toHaveLength(2);
    await write;
    expect(tries).toBeGreaterThan(1);
    expect(countOf(reader, 'run')).toBe(4);
  });
});

describe('on a network disk', () => {
  it('a reader waits for a transaction that ends slowly', async () => {
    const path = join(scratch, 'slow.db');
    using store = openStore(path, { isShared: true });
    await transact(store, () => addRun(store, 'r'));
    const script = `const db = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(path)});
      db.exec('BEGIN EXCLUSIVE'); console.log('begun'); setTimeout(() => db.exec('COMMIT'), 500);`;
    const writer = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(writer.stdout, 'data');
    expect(findRun(store, 'r')?.id).toBe('r');
    await once(writer, 'exit');
  });
});

describe('a full disk', () => {
  it('costs nothing that was written, and the store can be read', async ({ skip }) => {
    const disk = mountDisk('full');
    if (disk === undefined) return skip('a small disk to fill takes root and the right to mount');
    try {
      const path = join(disk.path, 'srunx.db');
      using store = openStore(path);
      await transact(store, () => addRun(store, 'r'));
      const error = await untilFull(store);
      expect(error).toMatchObject({ code: 'store.full', hint: expect.stringContaining('Free some space') });
      expect(findRun(store, 'r')?.id).toBe('r');
      expect(isSound(store)).toBe(true);
      rmSync(join(disk.path, 'ballast'), { force: true });
    } finally {
      disk.unmount();
    }
  });

  it('does not keep anybody from opening the store and reading', async ({ skip }) => {
    const disk = mountDisk('full-before');
    if (disk === undefined) return skip('a small disk to fill takes root and the right to mount');
    try {
      const path = join(disk.path, 'srunx.db');
      const before = openStore(path);
      await transact(before, () => addRun(before, 'r'));
      before[Symbol.dispose]();
      fill(disk.path);
      const store = openStore(path);
      expect(findRun(store, 'r')?.id).toBe('r');
      await expect(transact(store, () => addRun(store, 's'))).rejects.toThrow(
        expect.objectContaining({ kind: 'storage' }),
      );
      store[Symbol.dispose]();
      rmSync(join(disk.path, 'ballast'));
      using after = openStore(path);
      await transact(after, () => addRun(after, 's'));
      expect([countOf(after, 'run'), isSound(after)]).toEqual([2, true]);
    } finally {
      disk.unmount();
    }
  });

  it('makes a first start fail with what to do', ({ skip }) => {
    const disk = mountDisk('full-at-first');
    if (disk === undefined) return skip('a small disk to fill takes root and the right to mount');
    try {
      fill(disk.path);
      expect(() => openStore(join(disk.path, 'srunx.db'))).toThrow(expect.objectContaining({ kind: 'storage' }));
    } finally {
      disk.unmount();
    }
  });
});

describe('a read-only disk', () => {
  it('can be read, and says why it cannot be written', async ({ skip }) => {
    const disk = mountDisk('read-only');
    if (disk === undefined) return skip('a read-only disk takes root and the right to mount');
    try {
      const path = join(disk.path, 'srunx.db');
      const before = openStore(path);
      await transact(before, () => addRun(before, 'r'));
      before[Symbol.dispose]();
      execFileSync('mount', ['-o', 'remount,ro', disk.path]);
      using store = openStore(path);
      expect(findRun(store, 'r')?.id).toBe('r');
      expect(findCluster(store, 'slurm:c@h')).toBe(1);
      await expect(transact(store, () => addRun(store, 's'))).rejects.toMatchObject({ code: 'store.readonly' });
    } finally {
      disk.unmount();
    }
  });
});

interface Writer {
  /** Resolves with the first transaction. */
  readonly begun: Promise<unknown>;
  kill(): Promise<void>;
}

function startWriter(path: string, disk: string): Writer {
  const script = join(import.meta.dirname, 'writer.ts');
  const child = spawn(process.execPath, [script, path, disk], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const begun = Promise.race([
    once(child.stdout, 'data'),
    exit.then(([code]) => Promise.reject(new Error(`the writer ended with ${code}`))),
  ]);
  return {
    begun,
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

function mountDisk(name: string): { readonly path: string; unmount(): void } | undefined {
  const path = join(scratch, name);
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return { path, unmount: () => execFileSync('umount', ['-l', path]) };
}

function fill(directory: string): void {
  try {
    writeFileSync(join(directory, 'ballast'), Buffer.alloc(4 << 20));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}

async function untilFull(store: Store): Promise<unknown> {
  for (let round = 0; ; round += 1) {
    try {
      await transact(store, () => {
        for (let number = 0; number < 200; number += 1) addRun(store, `${round}-${number}`);
      });
    } catch (error) {
      return error;
    }
  }
}
