import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { parseJobState } from '../core/slurm/job-state.ts';
import { insertJob, jobsOfRun, recordState, recordSubmission, transitionsSince } from './jobs.ts';
import { acquireLease, readLease, releaseLease, renewLease, transactUnder } from './leases.ts';
import { openStore, type Store } from './open-store.ts';
import { takeRequest } from './request-budget.ts';
import { ensureCluster, findRun, findRunsByPrefix, insertRun, isOutdated, listRuns, noteSnapshot } from './runs.ts';
import { transact } from './transaction.ts';

const scratch = mkdtempSync(join(tmpdir(), 'srunx-store-'));
afterAll(() => rmSync(scratch, { recursive: true }));

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});
afterEach(() => store[Symbol.dispose]());

function addRun(id: string, jobs = 1, target: Store = store): void {
  const clusterId = ensureCluster(target, { key: 'slurm:c@h', kind: 'slurm', name: 'c' });
  const run = {
    id,
    kind: 'workflow',
    name: 'w',
    source: null,
    target: 'local',
    clusterId,
    directory: '/d',
    plan: '{}',
  } as const;
  insertRun(target, { ...run, createdAt: 1, handover: 'planned' });
  for (let ordinal = 0; ordinal < jobs; ordinal += 1) {
    insertJob(target, { runId: id, ordinal, name: `j${ordinal}`, token: `${id}-${ordinal}` });
  }
}

function observation(word: string, facts: Partial<JobObservation> = {}): JobObservation {
  const state = parseJobState(word);
  return {
    jobId: '7',
    rawId: '7',
    state,
    nodes: 1,
    cpus: 1,
    gpus: 0,
    restarts: 0,
    name: 'j',
    source: 'controller',
    ...facts,
  };
}

function record(state: string, final = false, seen?: JobObservation): string | undefined {
  return recordState(store, { runId: 'r', ordinal: 0, state, final, observation: seen, reason: undefined, at: 5 });
}

describe('states', () => {
  beforeEach(() => addRun('r'));

  it('are written once each, with a transition for every change', () => {
    expect(record('pending')).toBe('waiting');
    expect(record('pending')).toBeUndefined();
    expect(record('running', false, observation('RUNNING', { startTime: 10 }))).toBe('pending');
    expect(record('completed', true, observation('COMPLETED', { startTime: 10, endTime: 20 }))).toBe('running');
    const steps = transitionsSince(store, { runId: 'r', seq: 0 }).map(
      ({ fromState, toState }) => `${fromState}>${toState}`,
    );
    expect(steps).toEqual(['waiting>pending', 'pending>running', 'running>completed']);
    expect(transitionsSince(store, { runId: 'r', seq: 2 })).toHaveLength(1);
  });

  it('stay final, whoever writes later', () => {
    record('failed', true);
    expect(record('running')).toBeUndefined();
    expect(jobsOfRun(store, 'r')[0]).toMatchObject({ state: 'failed', final: true });
  });

  it('write nothing while nothing changes', () => {
    record('running', false, observation('RUNNING', { startTime: 10 }));
    const before = store.db.prepare('SELECT total_changes() AS n').get();
    record('running', false, observation('RUNNING', { startTime: 10 }));
    expect(store.db.prepare('SELECT total_changes() AS n').get()).toEqual(before);
  });

  it('count a requeue as the next attempt', () => {
    record('running', false, observation('RUNNING', { startTime: 10 }));
    record('running', false, observation('RUNNING', { startTime: 90, restarts: 1 }));
    const attempts = store.db.prepare('SELECT number, start_time FROM attempt ORDER BY number').all();
    expect(attempts.map((row) => ({ ...row }))).toEqual([
      { number: 1, start_time: 10 },
      { number: 2, start_time: 90 },
    ]);
  });
});

describe('submissions', () => {
  it('keep a job id once it is known', () => {
    addRun('r');
    recordSubmission(store, { token: 'r-0', submission: 'submitted', jobId: '4711' });
    recordSubmission(store, { token: 'r-0', submission: 'unknown' });
    expect(jobsOfRun(store, 'r')[0]).toMatchObject({ submission: 'unknown', jobId: '4711' });
  });

  it('have tokens that exist once', () => {
    addRun('r');
    expect(() => insertJob(store, { runId: 'r', ordinal: 1, name: 'x', token: 'r-0' })).toThrow(/UNIQUE/);
  });
});

describe('runs', () => {
  it('are found by the beginning of their ids, in which % and _ mean themselves', () => {
    addRun('abcd');
    addRun('abxx');
    expect(findRunsByPrefix(store, 'ab')).toHaveLength(2);
    expect(findRunsByPrefix(store, 'abc').map(({ id }) => id)).toEqual(['abcd']);
    expect(findRunsByPrefix(store, 'a%')).toEqual([]);
  });

  it('are open while a job may still change', () => {
    addRun('r');
    addRun('s');
    record('completed', true);
    expect(listRuns(store, { open: true }).map(({ id }) => id)).toEqual(['s']);
  });
});

describe('snapshots', () => {
  it('that are older than what was written are out of date', () => {
    const clusterId = ensureCluster(store, { key: 'k', kind: 'slurm', name: 'k' });
    expect(isOutdated(store, { clusterId, takenAt: 100 })).toBe(false);
    noteSnapshot(store, { clusterId, takenAt: 100 });
    noteSnapshot(store, { clusterId, takenAt: 50 });
    expect([99, 100, 101].map((takenAt) => isOutdated(store, { clusterId, takenAt }))).toEqual([true, false, false]);
  });
});

describe('a lease', () => {
  const take = (holder: string, mayReplace = false) =>
    acquireLease(store, { name: 'x', holder, mayReplace: () => mayReplace });

  it('has one holder, until it is given back', async () => {
    const lease = await take('a');
    expect(await take('b')).toBeUndefined();
    if (lease !== undefined) await releaseLease(store, lease);
    expect(await take('b')).toMatchObject({ fence: 2 });
  });

  it('that was taken over refuses the writes of its former holder', async () => {
    const old = await take('a');
    const fresh = await take('b', true);
    if (old === undefined || fresh === undefined) throw new Error('no lease');
    expect(await renewLease(store, old)).toBe(false);
    expect(await transactUnder(store, old, () => 'written')).toBeUndefined();
    expect(await transactUnder(store, fresh, () => 'written')).toBe('written');
    await releaseLease(store, old);
    expect(readLease(store, 'x')).toMatchObject({ holder: 'b' });
  });

  it('shows by its counter that the holder lives', async () => {
    const lease = await take('a');
    if (lease === undefined) throw new Error('no lease');
    await renewLease(store, lease);
    await renewLease(store, lease);
    expect(readLease(store, 'x')).toMatchObject({ beat: 2 });
  });

  it('is let go when a newer srunx has changed the schema', async () => {
    const lease = await take('a');
    store.db.exec('PRAGMA user_version = 99');
    expect(lease !== undefined && (await renewLease(store, lease))).toBe(false);
  });
});

describe('the budget of requests', () => {
  it('lets five go at once, then one a second', async () => {
    const clusterId = ensureCluster(store, { key: 'k', kind: 'slurm', name: 'k' });
    const waits: number[] = [];
    for (let request = 0; request < 8; request += 1) waits.push(await takeRequest(store, clusterId, 1_000));
    expect(waits).toEqual([0, 0, 0, 0, 0, 1_000, 2_000, 3_000]);
    expect(await takeRequest(store, clusterId, 5_000)).toBe(0);
  });
});

describe('a database file', () => {
  it('of a newer srunx is refused, and not touched', () => {
    const path = join(scratch, 'newer.db');
    const db = new DatabaseSync(path);
    db.exec('CREATE TABLE theirs (x); PRAGMA user_version = 99');
    db.close();
    expect(() => openStore(path)).toThrow(/written by a newer srunx \(schema 99/);
    const after = new DatabaseSync(path);
    expect(after.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']).toBe(1);
    after.close();
  });

  it('that is none is refused, with what to do', () => {
    const path = join(scratch, 'garbage.db');
    writeFileSync(path, 'this is no database, but long enough to be taken for one '.repeat(100));
    expect(() => openStore(path)).toThrow(expect.objectContaining({ code: 'store.corrupt' }));
  });

  it('in a place that cannot be is refused, with what to do', () => {
    writeFileSync(join(scratch, 'file'), '');
    expect(() => openStore(join(scratch, 'file', 'x', 'srunx.db'))).toThrow(
      expect.objectContaining({ code: 'store.readonly' }),
    );
  });

  it('waits for other writers without blocking the process', async () => {
    const path = join(scratch, 'busy.db');
    using first = openStore(path);
    using second = openStore(path);
    first.db.exec('BEGIN IMMEDIATE');
    let ticks = 0;
    const ticker = setInterval(() => (ticks += 1), 5);
    const write = transact(second, () => addRun('r', 1, second));
    await sleep(300);
    first.db.exec('COMMIT');
    await write;
    clearInterval(ticker);
    expect(ticks).toBeGreaterThan(2);
    expect(findRun(first, 'r')?.id).toBe('r');
  });

  it('rolls back what fails half-way', async () => {
    const failing = transact(store, () => {
      addRun('r');
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(findRun(store, 'r')).toBeUndefined();
  });

  it('survives kill -9 of its writer at any moment', async () => {
    const path = join(scratch, 'killed.db');
    openStore(path)[Symbol.dispose]();
    const script = `
      import { openStore } from ${JSON.stringify(join(import.meta.dirname, 'open-store.ts'))};
      import { transact } from ${JSON.stringify(join(import.meta.dirname, 'transaction.ts'))};
      const store = openStore(${JSON.stringify(path)});
      const text = 'x'.repeat(3000);
      for (let n = 0; ; n += 1) {
        await transact(store, () => {
          for (const part of [0, 1]) store.db.prepare('INSERT INTO lease VALUES (?, ?, 0, 0)').run(process.pid + '-' + n + '-' + part, text);
        });
        if (n === 0) console.log('writing');
      }`;
    for (let round = 0; round < 8; round += 1) {
      const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      await sleep(Math.random() * 40);
      child.kill('SIGKILL');
      await once(child, 'exit');
      using after = openStore(path);
      expect(after.db.prepare('PRAGMA integrity_check').get()?.['integrity_check']).toBe('ok');
      // Both halves of a transaction are there, or neither.
      const { n } = after.db.prepare('SELECT count(*) AS n FROM lease').get() as { n: number };
      expect(n % 2).toBe(0);
      expect(n).toBeGreaterThan(0);
    }
  });

  it('on a full disk loses nothing, and can still be read', async ({ skip }) => {
    const mount = join(scratch, 'full');
    mkdirSync(mount);
    if (!mountTmpfs(mount)) skip('a small disk to fill takes root and the right to mount');
    try {
      using full = openStore(join(mount, 'srunx.db'));
      await transact(full, () => addRun('r', 1, full));
      const fill = () =>
        transact(full, () => {
          for (let n = 0; n < 200; n += 1)
            full.db.prepare('INSERT INTO lease VALUES (?, ?, 0, 0)').run(`${Math.random()}`, 'x'.repeat(3000));
        });
      const error = await (async () => {
        for (;;) await fill();
      })().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'store.full', hint: expect.stringContaining('Free some space') });
      expect(findRun(full, 'r')?.id).toBe('r');
      expect(full.db.prepare('PRAGMA integrity_check').get()?.['integrity_check']).toBe('ok');
    } finally {
      execFileSync('umount', [mount]);
    }
  });

  it('on a read-only disk can be read, and says why it cannot be written', async ({ skip }) => {
    const mount = join(scratch, 'read-only');
    mkdirSync(mount);
    if (!mountTmpfs(mount)) skip('a read-only disk takes root and the right to mount');
    try {
      const path = join(mount, 'srunx.db');
      const before = openStore(path);
      await transact(before, () => addRun('r', 1, before));
      before[Symbol.dispose]();
      execFileSync('mount', ['-o', 'remount,ro', mount]);
      using readOnly = openStore(path);
      expect(findRun(readOnly, 'r')?.id).toBe('r');
      await expect(transact(readOnly, () => addRun('s', 1, readOnly))).rejects.toMatchObject({
        code: 'store.readonly',
      });
    } finally {
      execFileSync('umount', [mount]);
    }
  });
});

function mountTmpfs(mount: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mount], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
