import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { parseJobState } from '../core/slurm/job-state.ts';
import { inspectStore } from './inspect-store.ts';
import { insertJob, jobsOfRun, recordState, recordSubmission, type SubmissionState, transitionsSince } from './jobs.ts';
import { acquireLease, readLease, releaseLease, renewLease, transactUnder } from './leases.ts';
import { findNodeTest, saveNodeTest } from './node-tests.ts';
import { openStore, type Store } from './open-store.ts';
import { savedRequests, takeRequest } from './request-budget.ts';
import {
  ensureCluster,
  findRun,
  findRunsByPrefix,
  insertRun,
  isOutdated,
  listRuns,
  noteSnapshot,
  setHandover,
  unknownRunIds,
} from './runs.ts';
import { openJobs, sightedJobs } from './submitted-jobs.ts';
import { transact } from './transaction.ts';

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

function record(state: string, final = false, seen?: JobObservation, reopened = false): boolean {
  const update = { runId: 'r', ordinal: 0, state, final, observation: seen, reason: undefined, at: 5, reopened };
  return recordState(store, update);
}

describe('states', () => {
  beforeEach(() => addRun('r'));

  it('are written once each, with a transition for every change', () => {
    expect(record('pending')).toBe(true);
    expect(record('pending')).toBe(false);
    expect(record('running', false, observation('RUNNING', { startTime: 10 }))).toBe(true);
    expect(record('completed', true, observation('COMPLETED', { startTime: 10, endTime: 20 }))).toBe(true);
    const steps = transitionsSince(store, { runId: 'r', seq: 0 }).map(
      ({ fromState, toState }) => `${fromState}>${toState}`,
    );
    expect(steps).toEqual(['waiting>pending', 'pending>running', 'running>completed']);
    expect(transitionsSince(store, { runId: 'r', seq: 2 })).toHaveLength(1);
  });

  it('stay final, whoever writes later', () => {
    record('failed', true);
    expect(record('running')).toBe(false);
    expect(jobsOfRun(store, 'r')[0]).toMatchObject({ state: 'failed', final: true });
  });

  it('begin anew when the job was requeued', () => {
    record('failed', true);
    expect(record('pending', false, observation('PENDING', { restarts: 1 }), true)).toBe(true);
    expect(jobsOfRun(store, 'r')[0]).toMatchObject({ state: 'pending', final: false });
    expect(transitionsSince(store, { runId: 'r', seq: 0 }).at(-1)).toMatchObject({
      fromState: 'failed',
      toState: 'pending',
    });
  });

  it('keep since when no source knows the job', () => {
    const update = {
      runId: 'r',
      ordinal: 0,
      state: 'running',
      final: false,
      observation: undefined,
      reason: undefined,
    };
    expect(recordState(store, { ...update, missingSince: 7, at: 7 })).toBe(true);
    expect(recordState(store, { ...update, missingSince: 7, at: 9 })).toBe(false);
    expect(jobsOfRun(store, 'r')[0]?.missingSince).toBe(7);
    expect(recordState(store, { ...update, missingSince: undefined, at: 9 })).toBe(true);
    expect(jobsOfRun(store, 'r')[0]?.missingSince).toBeUndefined();
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
  const submit = (submission: SubmissionState, jobId?: string) =>
    recordSubmission(store, { token: 'r-0', submission, jobId });

  it('forget what they have waited for', () => {
    addRun('r');
    const wait = (message?: string) => recordSubmission(store, { token: 'r-0', submission: 'waiting', message });
    expect([wait('no room'), wait('no room')]).toEqual([true, false]);
    expect(jobsOfRun(store, 'r')[0]).toMatchObject({ submission: 'waiting', message: 'no room' });
    expect([wait(), wait()]).toEqual([true, false]);
    wait('no room');
    expect([submit('submitted', '4711'), submit('submitted', '4711')]).toEqual([true, false]);
    expect(jobsOfRun(store, 'r')[0]?.message).toBeUndefined();
    expect(recordSubmission(store, { token: 'r-0', submission: 'withdrawn', message: 'why' })).toBe(true);
    expect(submit('withdrawn')).toBe(false);
    expect(jobsOfRun(store, 'r')[0]?.message).toBe('why');
  });

  it('are not taken back once the cluster has them, unless they are withdrawn', () => {
    addRun('r');
    expect(submit('unknown')).toBe(true);
    expect(submit('submitted', '4711')).toBe(true);
    expect(submit('submitted', '4711')).toBe(false);
    expect(submit('unknown')).toBe(false);
    expect(submit('waiting')).toBe(false);
    expect(jobsOfRun(store, 'r')[0]).toMatchObject({ submission: 'submitted', jobId: '4711' });
    expect(submit('withdrawn')).toBe(true);
    expect(jobsOfRun(store, 'r')[0]).toMatchObject({ submission: 'withdrawn', jobId: '4711' });
  });

  it('are followed from their id to their end', () => {
    addRun('r', 3);
    const clusterId = ensureCluster(store, { key: 'slurm:c@h', kind: 'slurm', name: 'c' });
    submit('submitted', '4711');
    expect(openJobs(store, clusterId).map(({ token }) => token)).toEqual(['r-0']);
    expect(openJobs(store, clusterId + 1)).toEqual([]);
    record('completed', true);
    expect(openJobs(store, clusterId)).toEqual([]);
    const sighted = new Map([
      ['r-0', '4711'],
      ['r-1', '4712'],
      ['stranger', '1'],
    ]);
    const found = sightedJobs(store, { clusterId, sighted, waiting: [] });
    expect(found.map(({ token, jobId }) => [token, jobId])).toEqual([
      ['r-0', '4711'],
      ['r-1', '4712'],
    ]);
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

  it('of one workflow are those of its name and file', () => {
    for (const id of ['a', 'b', 'c', 'd']) addRun(id);
    const call = (id: string, name: string, source: string) =>
      store.db.prepare('UPDATE run SET name = ?, source = ? WHERE id = ?').run(name, source, id);
    call('a', 'w', 'w.yaml');
    call('b', 'other', 'w.yaml');
    call('c', 'w', 'other.yaml');
    const workflow = { name: 'w', source: 'w.yaml' };
    expect(listRuns(store, { workflow }).map(({ id }) => id)).toEqual(['a']);
    expect(listRuns(store, { workflow, kind: 'job' })).toEqual([]);
    expect(listRuns(store)).toHaveLength(4);
  });

  it('that are not known yet are told from thousands at once', () => {
    addRun('r');
    const ids = Array.from({ length: 5_000 }, (_, index) => `x${index}`);
    expect(unknownRunIds(store, [...ids, 'r'])).toEqual(ids);
    expect(unknownRunIds(store, [])).toEqual([]);
  });

  it('know how far their hand-over got', () => {
    addRun('r');
    expect([setHandover(store, 'r', 'done'), setHandover(store, 'r', 'done')]).toEqual([true, false]);
    expect(findRun(store, 'r')?.handover).toBe('done');
  });
});

describe('snapshots', () => {
  let clusterId: number;
  const isOld = (takenAt: number, now = 1_000) => isOutdated(store, { clusterId, takenAt, now });
  const note = (takenAt: number, now = 1_000) => noteSnapshot(store, { clusterId, takenAt, now });
  beforeEach(() => {
    clusterId = ensureCluster(store, { key: 'k', kind: 'slurm', name: 'k' });
  });

  it('that are older than what was written are out of date', () => {
    expect(isOld(100)).toBe(false);
    note(100);
    note(50);
    expect([99, 100, 101].map((takenAt) => isOld(takenAt))).toEqual([true, false, false]);
  });

  it('count again when the clock was set back', () => {
    note(900);
    expect(isOld(500, 500)).toBe(false);
    note(500, 500);
    expect([isOld(499), isOld(500)]).toEqual([true, false]);
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
    const write = lease === undefined ? undefined : transactUnder(store, lease, () => 'written');
    await expect(write).rejects.toMatchObject({ code: 'store.newer_schema' });
    // A process that ends must not fail once more on its way out.
    if (lease !== undefined) await releaseLease(store, lease);
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

  it('is none the worse for a clock that is set back', async () => {
    const clusterId = ensureCluster(store, { key: 'k', kind: 'slurm', name: 'k' });
    await takeRequest(store, clusterId, 3_600_000);
    expect(await takeRequest(store, clusterId, 1_000)).toBe(0);
    for (let second = 2; second < 20; second += 1) expect(await takeRequest(store, clusterId, second * 1_000)).toBe(0);
  });
});

describe('what is told about the store', () => {
  it('is how many requests are saved, or owed', async () => {
    const clusterId = ensureCluster(store, { key: 'k', kind: 'slurm', name: 'k' });
    const saved = () => savedRequests(store, { clusterId, nowMs: 1_000 });
    expect(saved()).toBe(5);
    for (let request = 0; request < 7; request += 1) await takeRequest(store, clusterId, 1_000);
    expect(saved()).toBe(-2);
    expect(savedRequests(store, { clusterId, nowMs: 4_000 })).toBe(1);
  });

  it('is that nothing is wrong with it', () => {
    addRun('r');
    expect(inspectStore(store)).toMatchObject({ path: ':memory:', schema: expect.any(Number), damage: [] });
  });
});

describe('a test of the nodes', () => {
  it('is remembered for its cluster, the newest alone', async () => {
    const [clusterId, other] = ['a', 'b'].map((key) => ensureCluster(store, { key, kind: 'slurm', name: key }));
    const works = { sharedDirectory: true, scontrol: true, sbatch: null, signals: true, requeue: false };
    const test = { testedAt: 1, jobId: '7', node: 'n1', abilities: works, complaints: { requeue: 'disabled' } };
    expect(findNodeTest(store, clusterId ?? 0)).toBeUndefined();
    for (const testedAt of [1, 2]) saveNodeTest(store, { clusterId: clusterId ?? 0, test: { ...test, testedAt } });
    expect(findNodeTest(store, clusterId ?? 0)).toEqual({ ...test, testedAt: 2 });
    expect(findNodeTest(store, other ?? 0)).toBeUndefined();
  });
});

describe('a transaction', () => {
  it('is undone when it fails half-way', async () => {
    const failing = transact(store, () => {
      addRun('r');
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(findRun(store, 'r')).toBeUndefined();
  });
});
