import { describe, expect, it } from 'vitest';
import { readFailures, releases } from '../../../test/support/slurm-fixtures.ts';
import { complaintsAbout, isNoError, parseControlComplaints } from './control-complaints.ts';

describe('parseControlComplaints', () => {
  it('ties each line to its job', () => {
    const found = parseControlComplaints(
      [
        'Invalid job id specified for job 999999',
        'slurm_suspend error: Invalid job id specified',
        '6_2: Job is pending execution',
        '32_0-9: No error',
        '32_10-77: Invalid job id specified',
        '41_0-1,3: Invalid user id',
      ].join('\n'),
    );
    expect(found).toEqual([
      { jobId: '999999', message: 'Invalid job id specified' },
      { jobId: '6_2', message: 'Job is pending execution' },
      { jobId: '32_[0-9]', message: 'No error' },
      { jobId: '32_[10-77]', message: 'Invalid job id specified' },
      { jobId: '41_[0-1,3]', message: 'Invalid user id' },
    ]);
    expect(found.filter(isNoError)).toHaveLength(1);
  });

  const names = ['hold-unknown', 'requeue-unknown', 'requeue-denied', 'update-unknown', 'update-denied'];

  it.each(releases)('reads what %s has to say', (release) => {
    const failures = readFailures(release).filter(({ name }) => names.some((word) => name === `scontrol-${word}`));
    expect(failures.map(({ stderr }) => parseControlComplaints(stderr).length)).toEqual(failures.map(() => 1));
  });

  it.each([
    ['32_12', true],
    ['32_[5-20]', true],
    ['32', true],
    ['32_3', false],
    ['33', false],
  ])('knows whether a complaint about tasks is about %s', (jobId, isAbout) => {
    const complaints = [{ jobId: '32_[10-77]', message: 'no' }];
    expect(complaintsAbout(jobId, complaints)).toHaveLength(isAbout ? 1 : 0);
  });
});
