import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { parseJobState } from '../core/slurm/job-state.ts';
import { insertJob } from '../store/jobs.ts';
import { openStore, type Store } from '../store/open-store.ts';
import { ensureCluster, insertRun } from '../store/runs.ts';
import { openJobs, sightedJobs } from '../store/submitted-jobs.ts';
import { lasting } from './settle-run.ts';
import { sortRows } from './sort-rows.ts';

const row = (facts: Partial<JobObservation> = {}): JobObservation => ({
  ...{ jobId: '7_[0-9%2]', rawId: '7', arrayJobId: '7', arrayTask: '0-9%2', source: 'controller', restarts: 0 },
  ...{
    name: 'train',
    state: parseJobState('PENDING'),
    nodes: 1,
    cpus: 1,
    gpus: 0,
    reason: 'Resources',
    comment: 'srunx:r-0',
  },
  ...facts,
});

const stored = (facts: Partial<JobObservation> = {}) =>
  JSON.stringify(lasting(row({ jobId: '7_3', arrayTask: '3', ...facts })));

interface StoredTask {
  readonly token: string;
  readonly submission: string;
  readonly final: number;
  readonly job_id: string | null;
  readonly missing_since: number | null;
  readonly observation: string | null;
}

let store: Store;
let clusterId: number;
beforeEach(() => {
  store = openStore(':memory:');
  clusterId = ensureCluster(store, { key: 'slurm:c@h', kind: 'slurm', name: 'c' });
  const facts = { kind: 'workflow', name: 'w', source: null, target: 'local', clusterId, directory: '/d' } as const;
  insertRun(store, { ...facts, id: 'r', plan: '{}', createdAt: 0, handover: 'done' });
});
afterEach(() => store[Symbol.dispose]());

/** A task of which the snapshot says what it said before, but for the given facts. */
function add(facts: Partial<StoredTask> = {}): void {
  const before = { token: 'r-0.3', submission: 'submitted', final: 0, job_id: '7_3', missing_since: null };
  const task: StoredTask = { ...before, observation: stored(), ...facts };
  insertJob(store, { runId: 'r', ordinal: 0, name: 'train#3', token: task.token });
  const columns = Object.keys(task).map((column) => `${column} = ?`);
  store.db.prepare(`UPDATE job SET ${columns.join(', ')}`).run(...Object.values(task));
}

const left = (snapshot: readonly JobObservation[]) =>
  openJobs(store, clusterId, sortRows(snapshot).waiting).map(({ jobId }) => jobId);

describe('open jobs beside the rows of a snapshot', () => {
  it('are without a task that waits as it did before', () => {
    add();
    expect(left([row()])).toEqual([]);
    // Estimates change with time.
    expect(left([row({ startTime: 1_800_000_000 })])).toEqual([]);
    expect(left([row({ arrayTask: '1-9:2,20' })])).toEqual([]);
  });

  it('are without those of several sets of one array', () => {
    add({ observation: stored({ reason: 'JobHeldUser' }) });
    expect(left([row({ arrayTask: '0-2,4-9' }), row({ arrayTask: '3,10', reason: 'JobHeldUser' })])).toEqual([]);
  });

  it.each<[string, readonly JobObservation[], Partial<StoredTask>]>([
    ['waits for something else now', [row({ reason: 'JobHeldUser' })], {}],
    ['has a row of its own', [row(), row({ jobId: '7_3', arrayTask: '3', state: parseJobState('RUNNING') })], {}],
    ['is no task of the set', [row({ arrayTask: '4-9' })], {}],
    ['is between those of the set', [row({ arrayTask: '0-8:2' })], {}],
    ['is of another array', [row()], { job_id: '8_3' }],
    ['is of a run whose ids were given out again', [row({ comment: 'srunx:s-0' })], {}],
    ['was never seen', [row()], { observation: null }],
    ['was missing', [row()], { missing_since: 5 }],
    ['is not known to be submitted', [row()], { submission: 'unknown' }],
    [
      'was cancelled',
      [row({ state: parseJobState('CANCELLED') })],
      { observation: stored({ state: parseJobState('CANCELLED') }) },
    ],
    ['does not say whose it is', [row({ comment: '' })], { observation: stored({ comment: '' }) }],
    ['has a name that looks like a mark', [row({ name: '@id@' })], { observation: stored({ name: '@id@' }) }],
    ['is a whole array', [row()], { job_id: '7', token: 'r-0' }],
    ['is not there', [], {}],
  ])('are with one that %s', (_, snapshot, facts) => {
    add(facts);
    expect(left(snapshot)).toEqual([facts.job_id ?? '7_3']);
  });
});

describe('jobs that are seen again in a set', () => {
  const found = (snapshot: readonly JobObservation[]) => {
    const { waiting } = sortRows(snapshot);
    return sightedJobs(store, { clusterId, sighted: new Map(), waiting }).map(({ token, jobId }) => [token, jobId]);
  };

  it.each<[string, Partial<StoredTask>]>([
    ['count as ended', { final: 1 }],
    ['have an id that nobody was told', { job_id: null, submission: 'unknown' }],
  ])('%s', (_, facts) => {
    add(facts);
    expect(found([row()])).toEqual([['r-0.3', '7_3']]);
    expect(found([row({ arrayTask: '4-9' })])).toEqual([]);
    expect(found([row({ comment: 'srunx:r-00' })])).toEqual([]);
  });

  it('are not those which are open', () => {
    add();
    expect(found([row()])).toEqual([]);
  });
});
