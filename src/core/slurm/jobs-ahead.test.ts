import { describe, expect, it } from 'vitest';
import type { JobObservation } from './job-observation.ts';
import { parseJobState } from './job-state.ts';
import { countJobsAhead } from './jobs-ahead.ts';

function waiting(rawId: string, priority: number, facts: Partial<JobObservation> = {}): JobObservation {
  return {
    ...{ jobId: rawId, rawId, state: parseJobState('PENDING'), nodes: 1, cpus: 1, gpus: 0, restarts: 0, name: '' },
    ...{ source: 'controller', partition: 'gpu', reason: 'Priority', extra: { PriorityLong: `${priority}` }, ...facts },
  };
}

describe('countJobsAhead', () => {
  const job = waiting('10', 500);
  it.each<[string, JobObservation, number]>([
    ['a higher priority', waiting('20', 501), 1],
    ['the same priority and a smaller number', waiting('9', 500), 1],
    ['the same priority and a greater number', waiting('11', 500), 0],
    ['a lower priority', waiting('9', 499), 0],
    ['another partition', waiting('9', 900, { partition: 'cpu' }), 0],
    ['several partitions, one of them ours', waiting('9', 900, { partition: 'cpu,gpu' }), 1],
    ['a hold', waiting('9', 900, { reason: 'JobHeldUser' }), 0],
    ['a limit', waiting('9', 900, { reason: 'QOSMaxJobsPerUserLimit' }), 0],
    ['no reason yet', waiting('9', 900, { jobId: '9_[0-9%2]', arrayTask: '0-9%2' }), 10],
    ['started', waiting('9', 900, { state: parseJobState('RUNNING') }), 0],
    ['itself', job, 0],
  ])('counts a job with %s as it stands', (_, other, count) => expect(countJobsAhead(job, [job, other])).toBe(count));
});
