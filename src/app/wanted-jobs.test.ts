import { expect, it } from 'vitest';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { parseJobState } from '../core/slurm/job-state.ts';
import { wantedJobs } from './wanted-jobs.ts';

function row(jobId: string, rawId: string, arrayJobId?: string): JobObservation {
  const facts = { nodes: 1, cpus: 1, gpus: 0, restarts: 0, name: 'x', source: 'controller' } as const;
  const array = arrayJobId === undefined ? {} : { arrayJobId, arrayTask: jobId.split('_')[1] ?? '' };
  return { jobId, rawId, ...array, state: parseJobState('RUNNING'), ...facts };
}

const rows = [row('5', '5'), row('7_1', '8', '7'), row('7_[2-9]', '7', '7')];

it.each([
  [['5'], [['5'], [], []]],
  [['7'], [[], ['7'], ['7']]],
  [['7_1'], [[], ['7_1'], []]],
  [['7_3'], [[], [], ['7_3']]],
  [['8'], [[], ['8'], []]],
  [
    ['7_[1-2]', '5'],
    [['5'], ['7_[1-2]'], ['7_[1-2]']],
  ],
])('finds the rows of %j', (ids, expected) => {
  const wanted = wantedJobs(ids);
  expect(rows.map((candidate) => wanted.idsOf(candidate))).toEqual(expected);
  expect(wanted.absentFrom(rows)).toEqual([]);
});

it('tells which ids no row is about', () => {
  expect(wantedJobs(['5', '6', '7_10']).absentFrom(rows)).toEqual(['6', '7_10']);
});
