import { expect, it } from 'vitest';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { parseJobState } from '../core/slurm/job-state.ts';
import { groupJobs, readGroupKey } from './queue-groups.ts';
import { unfoldArrays } from './unfold-arrays.ts';

function job(facts: Partial<JobObservation> & { readonly raw?: string }): JobObservation {
  const { raw = 'PENDING', ...rest } = facts;
  const basics = {
    jobId: '1',
    rawId: '1',
    name: 'n',
    nodes: 1,
    cpus: 2,
    gpus: 1,
    restarts: 0,
    source: 'controller',
  } as const;
  return { ...basics, state: parseJobState(raw), ...rest };
}

const array = job({ jobId: '7_[1-3,9%2]', rawId: '7', arrayJobId: '7', arrayTask: '1-3,9%2', user: 'ann' });

it('counts tasks one by one, and what runs apart from what waits', () => {
  const jobs = [array, job({ raw: 'RUNNING', user: 'ann', cpus: 8 }), job({ raw: 'COMPLETING', user: 'bob', gpus: 0 })];
  expect(groupJobs(jobs, 'user')).toEqual([
    { value: 'ann', jobs: 5, running: 1, pending: 4, cpus: 8, gpus: 1, waitingCpus: 8, waitingGpus: 4 },
    { value: 'bob', jobs: 1, running: 1, pending: 0, cpus: 2, gpus: 0, waitingCpus: 0, waitingGpus: 0 },
  ]);
  expect(groupJobs(jobs, 'account')).toMatchObject([{ value: null, jobs: 6 }]);
  expect(groupJobs(jobs, 'state').map(({ value }) => value)).toEqual(['PENDING', 'RUNNING']);
});

it('unfolds the tasks that have not started, and leaves the rest as it is', () => {
  const rows = unfoldArrays([array, job({ jobId: '7_4', arrayJobId: '7', arrayTask: '4' }), job({ jobId: '8' })]);
  expect(rows.map(({ jobId }) => jobId)).toEqual(['7_1', '7_2', '7_3', '7_9', '7_4', '8']);
});

it('names what jobs can be counted by', () => {
  expect(() => readGroupKey('usr')).toThrow(expect.objectContaining({ hint: 'Did you mean `user`?' }));
});
