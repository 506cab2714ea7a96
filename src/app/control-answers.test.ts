import { describe, expect, it } from 'vitest';
import { parseControlComplaints } from '../core/slurm/control-complaints.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { parseJobState } from '../core/slurm/job-state.ts';
import { refusedJobs } from './control-answers.ts';
import type { ControlVerb } from './control-jobs.ts';
import { hold, release, requeue, resume, suspend, update } from './control-verbs.ts';

function refusals(jobId: string, verb: ControlVerb, answer: string, state = 'PENDING') {
  const rows = [{ jobId, rawId: jobId, state: parseJobState(state) } as JobObservation];
  return refusedJobs([{ jobId, rows }], { complaints: parseControlComplaints(answer), verb });
}

// As scontrol of 22.05 says it.
describe('of an array, no tasks count against it to which there is nothing to do', () => {
  it.each([
    ['hold', hold, '5_0-1: Job has already finished\n5_2-5: No error'],
    ['release', release, '5_0-1: Job has already finished\n5_2-5: No error'],
    ['update', update([]), '5_0-1: Job has already finished\n5_2-5: No error'],
    [
      'suspend',
      suspend,
      '5_0-1: Job/step already completing or completed\n5_2: No error\n5_4-5: Job is pending execution',
    ],
    ['resume', resume, '5_2: Job is not suspended\n5_3: No error\n5_4-5: Job is pending execution'],
    ['requeue', requeue({ held: false }), '5_0-3: No error\n5_4-5: Job is pending execution'],
  ] as const)('%s', (_, verb, answer) => expect(refusals('5', verb, answer)).toEqual([]));

  it.each([
    ['is over as a whole', hold, '5_0-5: Job has already finished', 'already_finished', 'Job has already finished'],
    ['all waits', requeue({ held: true }), '5_0-5: Job is pending execution', 'failed', 'Job is pending execution'],
    [
      'has no such tasks',
      hold,
      '5_0-1: Job has already finished\n5_2-5: No error\n5_6-9: Invalid job id specified',
      'failed',
      '5_[6-9]: Invalid job id specified',
    ],
    ['is denied', hold, '5_0-1: Job has already finished\n5_2-5: Invalid user id', 'denied', 'Invalid user id'],
    [
      'cannot all be changed',
      update([]),
      '5_0: Job has already finished\n5_1: Job is no longer pending execution\n5_2-5: Invalid partition name specified',
      'failed',
      '5_1: Job is no longer pending execution; 5_[2-5]: Invalid partition name specified',
    ],
  ] as const)('but one that %s is told of', (_, verb, answer, outcome, message) => {
    expect(refusals('5', verb, answer)).toMatchObject([{ jobId: '5', outcome, message }]);
  });

  it('a task of its own is told of, too, but not in the state of before', () => {
    const answer = '5_2: Job has already finished';
    expect(refusals('5_2', hold, answer)).toMatchObject([{ outcome: 'already_finished', state: undefined }]);
    expect(refusals('5_2', hold, answer, 'COMPLETED')).toMatchObject([{ state: 'COMPLETED' }]);
  });
});
