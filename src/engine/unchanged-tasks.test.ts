import { describe, expect, it } from 'vitest';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { parseJobState } from '../core/slurm/job-state.ts';
import type { SubmittedJob } from '../store/submitted-jobs.ts';
import { lasting } from './settle-run.ts';
import { findUnchanged } from './unchanged-tasks.ts';

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

const task = (facts: Partial<SubmittedJob> = {}): SubmittedJob => ({
  ...{ runId: 'r', name: 'train#3', token: 'r-0.3', submission: 'submitted', final: false, jobId: '7_3' },
  ...{ isMissing: false, observed: stored(), createdAt: 0, directory: '/r' },
  ...facts,
});

describe('findUnchanged', () => {
  it('knows a task that waits as it did before', () => {
    expect(findUnchanged([row()])(task())).toBe(true);
    // Estimates change with time.
    expect(findUnchanged([row({ startTime: 1_800_000_000 })])(task())).toBe(true);
  });

  it.each<[string, readonly JobObservation[], Partial<SubmittedJob>]>([
    ['waits for something else now', [row({ reason: 'JobHeldUser' })], {}],
    ['has a row of its own', [row(), row({ jobId: '7_3', arrayTask: '3', state: parseJobState('RUNNING') })], {}],
    ['is no task of the set', [row({ arrayTask: '4-9' })], {}],
    ['is of another array', [row()], { jobId: '8_3' }],
    ['is of a run whose ids were given out again', [row({ comment: 'srunx:s-0' })], {}],
    ['was never seen', [row()], { observed: undefined }],
    ['was missing', [row()], { isMissing: true }],
    ['counts as ended', [row()], { final: true }],
    ['is not known to be submitted', [row()], { submission: 'unknown' }],
    [
      'was cancelled',
      [row({ state: parseJobState('CANCELLED') })],
      { observed: stored({ state: parseJobState('CANCELLED') }) },
    ],
    ['does not say whose it is', [row({ comment: '' })], {}],
    ['has a name that looks like a mark', [row({ name: '@id@' })], { observed: stored({ name: '@id@' }) }],
    ['is not there', [], {}],
  ])('leaves a task alone that %s', (_, snapshot, facts) => {
    expect(findUnchanged(snapshot)(task(facts))).toBe(false);
  });
});
