import { describe, expect, it } from 'vitest';
import { findRequeueNotice, formatRequeueNotice } from './requeue-notice.ts';

const at = '2026-11-26T17:05:05';
const label = (line: string) => {
  const found = findRequeueNotice(line);
  return found === undefined ? undefined : line.slice(0, found.index) + formatRequeueNotice(found.notice);
};

describe('a notice of a requeue', () => {
  it.each([
    [`slurmstepd: error: *** JOB 12 ON n1 CANCELLED AT ${at} DUE TO JOB REQUEUE ***`, 'requeued by Slurm'],
    [`slurmstepd-c1: error: *** JOB 1197 ON c1 CANCELLED AT ${at} DUE TO JOB REQUEUE ***`, 'requeued by Slurm'],
    [`slurmstepd: error: *** STEP 12.0 ON n1 CANCELLED AT ${at} DUE TO JOB REQUEUE ***`, 'requeued by Slurm'],
    [`srunx: error: *** JOB 3_4 ON vm CANCELLED AT ${at}Z DUE TO JOB REQUEUE ***`, 'requeued by Slurm'],
    [`slurmstepd: error: *** JOB 12 ON n1 CANCELLED AT ${at} DUE TO PREEMPTION ***`, 'preempted by Slurm'],
    [
      `slurmstepd: error: *** JOB 12 ON n1 CANCELLED AT ${at} DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***`,
      'node n1 failed',
    ],
  ])('%s', (line, words) => {
    expect(label(line)).toMatch(new RegExp(`^srunx: ${words} at ${at}Z?; .*next attempt follows$`));
    expect(label(`epoch 3 ${line}`)).toBe(`epoch 3 ${label(line)}`);
  });

  it.each([
    `slurmstepd: error: *** JOB 12 ON n1 CANCELLED AT ${at} ***`,
    `slurmstepd: error: *** JOB 12 ON n1 CANCELLED AT ${at} DUE TO TIME LIMIT ***`,
    `slurmstepd: error: *** JOB 12 ON n1 CANCELLED AT ${at} DUE TO JOB REQUEUE`,
    'slurmstepd: error: Detected 1 oom-kill event(s) in step 12.batch cgroup.',
    `echo JOB 12 ON n1 CANCELLED AT ${at} DUE TO JOB REQUEUE ***`,
    'srunx: attempt 2 begins',
    '',
  ])('not: %s', (line) => {
    expect(label(line)).toBeUndefined();
  });
});
