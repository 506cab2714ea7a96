import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { parseJobState } from '../core/slurm/job-state.ts';
import type { Finding } from '../core/slurm/resolve-jobs.ts';
import { tokenOfTask } from '../core/slurm/task-token.ts';
import { insertJob, jobsOfRun, recordSubmission, transitionsSince } from '../store/jobs.ts';
import { openStore, type Store } from '../store/open-store.ts';
import { ensureCluster, insertRun } from '../store/runs.ts';
import { concernedCells } from './concerned-cells.ts';
import { readStoredRun } from './run-description.ts';
import { settleRun } from './settle-run.ts';

const cells = Array.from({ length: 12 }, (_, index) => ({ index, name: `${index}`, values: { x: `${index}` } }));
const stage = (name: string, edges: readonly { type: string; parent: string }[] = [], more: object = {}) => ({
  ...{ name, edges, options: [], variables: [], wrapped: true },
  ...more,
});
const stages = [
  stage('train'),
  stage('eval', [{ type: 'afterok', parent: 'train' }]),
  stage('sorry', [{ type: 'afternotok', parent: 'train' }]),
];
const array = (stageOf: number, tasks: string, more: object = {}) => ({
  ...{ token: `r-${stageOf}`, group: 0, stage: stageOf, offset: 0, tasks },
  ...more,
});
// The last cell was added later, and one job of the first is there once more.
const arrays = [
  ...[0, 1, 2].map((index) => array(index, '0-10%2')),
  ...[0, 1, 2].map((index) => array(index, '0', { token: `r-p1-${index}`, offset: 11, part: 1 })),
  array(1, '0', { token: 'r-p2-0', part: 2 }),
];
const sweepOf = (more: object = {}, inSweep: object = {}) => {
  const after = stage('sum', [], { token: 'r-9' });
  const sweep = { axes: ['x'], cells, groups: [{ stages }], arrays, reduce: [after], maxParallel: 2, ...inSweep };
  return JSON.stringify({ jobs: [], sweep, ...more });
};

describe('concernedCells', () => {
  it('are those with news, each with all its jobs as they count now', () => {
    const jobs = concernedCells(sweepOf(), ['eval#11', 'train#0']) ?? [];
    const known = new Map(readStoredRun(sweepOf()).jobs.map((job) => [job.name, job]));
    expect(jobs.map(({ name, token }) => [name, token])).toEqual([
      ...[
        ['train#11', 'r-p1-0.0'],
        ['eval#11', 'r-p1-1.0'],
        ['sorry#11', 'r-p1-2.0'],
      ],
      ...[
        ['train#0', 'r-0.0'],
        ['eval#0', 'r-p2-0.0'],
        ['sorry#0', 'r-2.0'],
      ],
    ]);
    for (const { matrix: _values, ...job } of jobs) expect(known.get(job.name)).toMatchObject(job);
  });

  it.each<[string, string, readonly string[]]>([
    ['of a workflow', '{"jobs":[]}', ['a']],
    ['where failed cells end others', sweepOf({}, { failFast: { after: 1, cancelRunning: false } }), ['train#0']],
    [
      'where a job ends others',
      sweepOf({}, { groups: [{ stages: [stage('train', [], { onError: 'finish' })] }] }),
      ['train#0'],
    ],
    ['with what runs after all cells', sweepOf(), ['train#0', 'sum']],
    ['where most have news', sweepOf(), cells.map(({ index }) => `train#${index}`)],
  ])('are not told apart %s', (_, plan, news) => {
    expect(concernedCells(plan, news)).toBeUndefined();
  });
});

function filled(): Store {
  const store = openStore(':memory:');
  const clusterId = ensureCluster(store, { key: 'slurm:c@h', kind: 'slurm', name: 'c' });
  const facts = { kind: 'workflow', name: 'w', source: null, target: 'local', clusterId, directory: '/d' } as const;
  insertRun(store, { ...facts, id: 'r', plan: sweepOf(), createdAt: 0, handover: 'done' });
  for (const [ordinal, { name, token }] of readStoredRun(sweepOf()).jobs.entries()) {
    insertJob(store, { runId: 'r', ordinal, name, token });
    recordSubmission(store, { token, submission: 'submitted', jobId: `${ordinal}` });
  }
  // As the hand-over does.
  settleRun(store, { runId: 'r', at: 0 });
  return store;
}

const states = ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED', 'REQUEUED'] as const;
const seen = fc.record({ state: fc.constantFrom(...states), startTime: fc.constantFrom(5, 50), end: fc.nat(100) });
const finding = fc.oneof(
  { weight: 5, arbitrary: seen },
  fc.constantFrom<Finding>(
    { kind: 'vanished', observation: undefined, requeued: false },
    { kind: 'vanished', observation: undefined, requeued: true },
    { kind: 'unclear', message: 'no answer' },
  ),
);
const looks = fc.array(
  fc.record({
    after: fc.constantFrom(1_000, 45_000, 90_000_000),
    news: fc.array(fc.tuple(fc.nat(2), fc.nat(1), finding), { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 12 },
);

function toFinding(brought: Finding | { state: string; startTime: number; end: number }): Finding {
  if ('kind' in brought) return brought;
  const { state, startTime, end } = brought;
  const observation: JobObservation = {
    ...{ jobId: '0', rawId: '0', state: parseJobState(state), name: 'a', nodes: 1, cpus: 1, gpus: 0, restarts: 0 },
    ...{ source: 'controller', startTime, endTime: startTime + end },
  };
  return { kind: 'seen', observation };
}

it('whoever looks at the cells with news alone writes what is written by who looks at all', () => {
  fc.assert(
    fc.property(looks, (all) => {
      using some = filled();
      using every = filled();
      let at = 0;
      for (const { after, news } of all) {
        at += after;
        const named = news.map(([job, cell, brought]) => ({
          name: `${stages[job]?.name}#${cell}`,
          token: job === 1 && cell === 0 ? 'r-p2-0.0' : tokenOfTask(`r-${job}`, cell),
          finding: toFinding(brought),
        }));
        const findings = new Map(named.map((one) => [one.token, one.finding]));
        const look = { runId: 'r', at, sight: { findings, hasAccounting: true } };
        const written = settleRun(some, { ...look, news: named.map(({ name }) => name) });
        expect(written).toBe(settleRun(every, look));
      }
      expect(jobsOfRun(some, 'r')).toEqual(jobsOfRun(every, 'r'));
      const since = { runId: 'r', seq: 0 };
      expect(transitionsSince(some, since)).toEqual(transitionsSince(every, since));
    }),
    { numRuns: 150 },
  );
});
