import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { summarizeSweep } from '../core/sweep/sweep-summary.ts';
import type { EngineState } from '../core/workflow/run-state.ts';
import { insertJob } from '../store/jobs.ts';
import { openStore, type Store } from '../store/open-store.ts';
import { ensureCluster, findRun, insertRun, type RunRow } from '../store/runs.ts';
import { viewSweep } from './list-sweeps.ts';
import { viewRun } from './run-status-view.ts';

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});
afterEach(() => store[Symbol.dispose]());

interface Draft {
  /** Of two jobs each. */
  readonly cells: readonly (readonly [EngineState, EngineState])[];
  readonly after?: EngineState;
  readonly onError?: 'ignore' | 'stop';
  readonly leftOut?: readonly number[];
}

function add({ cells, after, onError, leftOut }: Draft): RunRow {
  const clusterId = ensureCluster(store, { key: 'c', kind: 'slurm', name: 'c' });
  const stage = (name: string) => ({ name, edges: [], options: [], variables: [], wrapped: true, onError });
  const tasks = `0-${cells.length - 1}`;
  const arrays = [0, 1].map((at) => ({ token: `r-${at}`, group: 0, stage: at, offset: 0, tasks, limit: 1 }));
  const sweep = {
    axes: ['x'],
    cells: [...cells, ...(leftOut ?? [])].map((_, index) => ({ index, name: `${index}`, values: { x: `${index}` } })),
    groups: [{ stages: [stage('a'), stage('b')] }],
    ...{ arrays, maxParallel: 1, leftOut },
    ...(after === undefined ? {} : { reduce: [{ ...stage('sum'), onError: undefined, token: 'r-2' }] }),
  };
  const plan = JSON.stringify({ version: 1, id: 'r', jobs: [], sweep });
  insertRun(store, {
    ...{ id: 'r', kind: 'workflow', name: 'grid', source: 'f.yaml', target: 'local', clusterId, directory: '/d', plan },
    ...{ createdAt: 7, handover: 'done' },
  });
  const states = cells.flatMap(([a, b], cell) => [[`a#${cell}`, a] as const, [`b#${cell}`, b] as const]);
  for (const [ordinal, [name, state]] of [...states, ...(after ? [['sum', after] as const] : [])].entries()) {
    insertJob(store, { runId: 'r', ordinal, name, token: `r-${ordinal}` });
    set(ordinal, state);
  }
  const run = findRun(store, 'r');
  if (run === undefined) throw new Error('no run');
  return run;
}

function set(ordinal: number, state: EngineState): void {
  const final = !['waiting', 'pending', 'running'].includes(state);
  store.db
    .prepare('UPDATE job SET state = ?, final = ? WHERE run_id = ? AND ordinal = ?')
    .run(state, final ? 1 : 0, 'r', ordinal);
}

const mixed: Draft['cells'] = [
  ['completed', 'completed'],
  ['completed', 'failed'],
  ['completed', 'failed'],
  ['skipped', 'skipped'],
  ['cancelled', 'skipped'],
  ['completed', 'pending'],
  ['pending', 'waiting'],
  ['unknown', 'waiting'],
];

describe('a sweep in a list', () => {
  it.each<[string, Draft, Readonly<Record<string, number>>]>([
    ['cells of all kinds', { cells: mixed }, { completed: 1, failed: 2, cancelled: 2, running: 1, pending: 1 }],
    ['more than ten, in the order of text', { cells: Array(12).fill(['completed', 'lost']) }, { failed: 12 }],
    ['a job after them', { cells: mixed.slice(0, 1), after: 'failed' }, { completed: 1 }],
    ['failures that are ignored', { cells: mixed.slice(0, 3), onError: 'ignore' }, { completed: 3 }],
    ['cells without a job', { cells: mixed.slice(0, 1), leftOut: [1, 2] }, { completed: 1, skipped: 2 }],
  ])('has the counts and the status that its jobs have: %s', (_, draft, expected) => {
    const run = add(draft);
    const listed = viewSweep(store, run);
    expect(listed.counts).toMatchObject(expected);
    const whole = viewRun(store, run);
    const { counts, cells } = summarizeSweep(whole.jobs, whole.leftOut);
    expect(listed).toMatchObject({ id: 'r', name: 'grid', status: whole.status, cells: cells.length, counts });
  });
});
