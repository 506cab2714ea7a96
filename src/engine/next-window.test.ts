import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseJobState } from '../core/slurm/job-state.ts';
import { insertJob, recordState, recordSubmission } from '../store/jobs.ts';
import { openStore, type Store } from '../store/open-store.ts';
import { ensureCluster, findRun, insertRun, type RunRow, setHandover } from '../store/runs.ts';
import { hasDueWindow, isDeferred, isWindowUnderWay, nextStep } from './next-window.ts';

let store: Store;
let clusterId: number;

/** Three windows of one cell each; the first is submitted. */
function addSweep({ failFast = false, handover = 'running' as RunRow['handover'] } = {}): RunRow {
  const stage = { name: 'train', options: [], variables: [], wrapped: true, edges: [] };
  const arrays = [0, 1, 2].map((window) => ({
    ...{ token: `r-${window}`, group: 0, stage: 0, offset: 0, tasks: `${window}`, limit: 1 },
    ...(window === 0 ? {} : { window }),
  }));
  const cells = [0, 1, 2].map((index) => ({ index, name: `${index}`, values: {} }));
  const sweep = {
    ...{ axes: ['n'], cells, groups: [{ stages: [stage] }], arrays, maxParallel: 1 },
    ...(failFast ? { failFast: { after: 1, cancelRunning: false } } : {}),
  };
  const plan = JSON.stringify({ id: 'r', jobs: [], sweep });
  const facts = { kind: 'workflow', name: 'w', source: null, target: 'local', clusterId, directory: '/d' } as const;
  insertRun(store, { ...facts, id: 'r', plan, createdAt: 1, handover });
  for (const n of [0, 1, 2]) insertJob(store, { runId: 'r', ordinal: n, name: `train#${n}`, token: `r-${n}.${n}` });
  recordSubmission(store, { token: 'r-0.0', submission: 'submitted', jobId: '7_0' });
  for (const n of [1, 2]) recordSubmission(store, { token: `r-${n}.${n}`, submission: 'waiting', message: 'later' });
  return findRun(store, 'r') as RunRow;
}

function end(ordinal: number, raw: 'COMPLETED' | 'FAILED'): void {
  const observation = {
    ...{ jobId: '7_0', rawId: '7', state: parseJobState(raw), name: 'train', nodes: 1, cpus: 1, gpus: 0, restarts: 0 },
    source: 'controller' as const,
  };
  const state = raw.toLowerCase();
  recordState(store, { runId: 'r', ordinal, state, final: true, observation, reason: undefined, at: 1 });
}

beforeEach(() => {
  store = openStore(':memory:');
  clusterId = ensureCluster(store, { key: 'slurm:c@h', kind: 'slurm', name: 'c' });
});
afterEach(() => store[Symbol.dispose]());

const later = { window: 1, isTried: false };

describe('the next window of a sweep', () => {
  it('waits for the end of the one before', () => {
    const run = addSweep();
    expect([isDeferred(store, run), isWindowUnderWay(store, run), hasDueWindow({ store, clusterId })]).toEqual([
      ...[true, true, false],
    ]);
    expect(nextStep(store, run, later)).toBe('wait');
    end(0, 'COMPLETED');
    expect([isWindowUnderWay(store, run), hasDueWindow({ store, clusterId })]).toEqual([false, true]);
    expect(nextStep(store, run, later)).toBe('open');
    expect(nextStep(store, run, { ...later, window: 2 })).toBe('wait');
  });

  it('of what was added waits for the windows of all that was there before', () => {
    const { plan, ...run } = addSweep();
    const { sweep, ...others } = JSON.parse(plan);
    const arrays = [0, 1].map((window) => ({
      ...{ token: `r-p1-${window}`, group: 0, stage: 0, offset: 0, tasks: `${window + 3}`, limit: 1, part: 1 },
      ...(window === 0 ? {} : { window }),
    }));
    const grown = {
      ...run,
      plan: JSON.stringify({ ...others, sweep: { ...sweep, arrays: [...sweep.arrays, ...arrays] } }),
    };
    for (const n of [3, 4])
      insertJob(store, { runId: 'r', ordinal: n, name: `train#${n}`, token: `r-p1-${n - 3}.${n}` });
    // The third window of the first part runs, and the first of the second part was cancelled.
    for (const n of [0, 1, 3]) end(n, 'COMPLETED');
    expect(nextStep(store, grown, later)).toBe('wait');
    end(2, 'COMPLETED');
    expect(nextStep(store, grown, later)).toBe('open');
  });

  it('is not tried again at every look', () => {
    const run = addSweep();
    end(0, 'FAILED');
    expect(nextStep(store, run, { ...later, isTried: true })).toBe('wait');
  });

  it('never comes when failed cells have ended the sweep', () => {
    const run = addSweep({ failFast: true });
    end(0, 'FAILED');
    expect(nextStep(store, run, { ...later, isTried: true })).toBe('end');
  });

  it('is to be looked into where it is there already, and its hand-over has not told', () => {
    const run = addSweep();
    recordSubmission(store, { token: 'r-1.1', submission: 'submitted', jobId: '8_1' });
    setHandover(store, 'r', 'stopped');
    expect([isWindowUnderWay(store, run), hasDueWindow({ store, clusterId })]).toEqual([false, true]);
  });

  it.each(['done', 'stopped', 'planned'] as const)('is no matter of a hand-over that is %s', (handover) => {
    const run = addSweep({ handover });
    expect([isDeferred(store, run), isWindowUnderWay(store, run)]).toEqual([false, false]);
  });
});
