import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removedState } from '../core/slurm/array-tasks.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { parseJobState } from '../core/slurm/job-state.ts';
import type { Finding } from '../core/slurm/resolve-jobs.ts';
import { insertJob, jobsOfRun, recordSubmission, transitionsSince } from '../store/jobs.ts';
import { openStore, type Store } from '../store/open-store.ts';
import { ensureCluster, findRun, insertRun, setHandover } from '../store/runs.ts';
import { settleRun } from './settle-run.ts';

const minute = 60_000;
const start = 1_700_000_000_000;

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
  const clusterId = ensureCluster(store, { key: 'slurm:c@h', kind: 'slurm', name: 'c' });
  const job = (name: string, parents: string[]) => ({
    ...{ name, token: `r-${name}`, options: [], variables: [], wrapped: true },
    edges: parents.map((parent) => ({ type: 'afterok', parent })),
  });
  const plan = JSON.stringify({ jobs: [job('a', []), job('b', ['a'])] });
  const facts = { kind: 'workflow', name: 'w', source: null, target: 'local', clusterId, directory: '/d' } as const;
  insertRun(store, { ...facts, id: 'r', plan, createdAt: start, handover: 'done' });
  for (const [ordinal, name] of ['a', 'b'].entries()) {
    insertJob(store, { runId: 'r', ordinal, name, token: `r-${name}` });
    recordSubmission(store, { token: `r-${name}`, submission: 'submitted', jobId: `${ordinal}` });
  }
});
afterEach(() => store[Symbol.dispose]());

const seen = (state: string, facts: Partial<JobObservation> = {}): Finding => ({
  kind: 'seen',
  observation: {
    ...{ jobId: '0', rawId: '0', state: parseJobState(state), name: 'a', nodes: 1, cpus: 1, gpus: 0, restarts: 0 },
    source: 'controller',
    ...facts,
  },
});
const vanished: Finding = { kind: 'vanished', observation: undefined, requeued: false };
const unclear: Finding = { kind: 'unclear', message: 'the database does not answer' };

function settle(at: number, a?: Finding, b?: Finding): number {
  const findings = new Map<string, Finding>();
  if (a !== undefined) findings.set('r-a', a);
  if (b !== undefined) findings.set('r-b', b);
  return settleRun(store, { runId: 'r', at: start + at, sight: { findings, hasAccounting: true } });
}

const states = () => jobsOfRun(store, 'r').map(({ state, final }) => `${state}${final ? '!' : ''}`);

describe('settleRun', () => {
  it('writes every change once', () => {
    expect(settle(1, seen('RUNNING', { startTime: 5 }), seen('PENDING', { reason: 'Dependency' }))).toBe(2);
    expect(settle(2, seen('RUNNING', { startTime: 5 }), seen('PENDING', { reason: 'Dependency' }))).toBe(0);
    expect(settle(3, seen('RUNNING', { startTime: 5, elapsedSeconds: 9, endTime: 99 }))).toBe(0);
    expect(states()).toEqual(['running', 'pending']);
  });

  it('estimates and what an attempt before has left are not kept', () => {
    settle(1, seen('PENDING', { startTime: 99, exit: { code: 1, signal: 0 }, restarts: 1 }));
    const observation = jobsOfRun(store, 'r')[0]?.observation;
    expect(observation).toMatchObject({ restarts: 1 });
    expect(observation).not.toHaveProperty('startTime');
    expect(observation).not.toHaveProperty('exit');
  });

  it('calls a job cancelled of which only a requeue is known, once no source is late any more', () => {
    settle(0, seen('RUNNING'));
    const requeued: Finding = { ...vanished, requeued: true };
    const hour = 60 * minute;
    expect([settle(hour, requeued), states()[0]]).toEqual([1, 'running']);
    expect([settle(hour + 2 * minute, requeued), states()[0]]).toEqual([1, 'cancelled!']);
  });

  it('calls a job that is missed unknown after a while, and lost after a day', () => {
    settle(0, seen('RUNNING'));
    const hours = (count: number) => count * 60 * minute;
    expect([settle(hours(1), vanished), states()[0]]).toEqual([1, 'running']);
    expect([settle(hours(1) + minute / 2, vanished), states()[0]]).toEqual([0, 'running']);
    expect([settle(hours(1) + 2 * minute, vanished), states()[0]]).toEqual([1, 'unknown']);
    expect([settle(hours(24), vanished), states()[0]]).toEqual([0, 'unknown']);
    expect([settle(hours(25), vanished), states()[0]]).toEqual([1, 'lost!']);
  });

  it('leaves it as it is while a source is silent, and forgets the absence once it is seen', () => {
    settle(0, seen('RUNNING'));
    settle(5 * minute, vanished);
    settle(8 * minute, vanished);
    expect(states()[0]).toBe('unknown');
    expect(settle(9 * minute, unclear)).toBe(0);
    expect(settleRun(store, { runId: 'r', at: start + 9 * minute })).toBe(0);
    expect(settle(10 * minute, seen('RUNNING'))).toBe(1);
    expect(states()[0]).toBe('running');
    expect(settle(11 * minute, vanished)).toBe(1);
    expect(states()[0]).toBe('running');
  });

  it('ends are final, unless the job lives again', () => {
    settle(1, seen('FAILED'), seen('CANCELLED'));
    expect(states()).toEqual(['failed!', 'skipped!']);
    expect(settle(2, seen('FAILED'))).toBe(0);
    expect(settle(3, vanished)).toBe(0);
    expect(settle(4, seen('RUNNING', { source: 'accounting' }))).toBe(0);
    expect(settle(5, seen('PENDING', { restarts: 1 }))).toBe(1);
    expect(settle(6, seen('COMPLETED', { restarts: 1 }))).toBe(1);
    // What came of its end before stays: Slurm has removed the child.
    expect(states()).toEqual(['completed!', 'skipped!']);
    const steps = transitionsSince(store, { runId: 'r', seq: 0 }).filter(({ name }) => name === 'a');
    expect(steps.map(({ toState }) => toState)).toEqual(['failed', 'pending', 'completed']);
  });

  it('what was removed while it waited is asked for its reason as long as there may be one', () => {
    const { plan = '' } = findRun(store, 'r') ?? {};
    const { jobs } = JSON.parse(plan) as { jobs: object[] };
    const stopping = JSON.stringify({ jobs: jobs.map((job) => ({ ...job, edges: [], onError: 'finish' })) });
    store.db.prepare('UPDATE run SET plan = ?').run(stopping);
    const removed = seen('CANCELLED', { state: removedState, source: 'receipt' });
    settle(1, seen('RUNNING'), removed);
    expect(states()).toEqual(['running', 'pending']);
    settle(minute / 2, seen('FAILED'), removed);
    expect(states()).toEqual(['failed!', 'skipped!']);
  });

  it('nothing is left open by a hand-over that is over', () => {
    store.db.exec("UPDATE job SET submission = 'waiting', job_id = NULL");
    setHandover(store, 'r', 'interrupted');
    expect(settleRun(store, { runId: 'r', at: start })).toBe(2);
    expect(states()).toEqual(['withdrawn!', 'withdrawn!']);
  });

  it('of a run that is not there is nothing', () => {
    expect(settleRun(store, { runId: 'x', at: start })).toBe(0);
  });
});
