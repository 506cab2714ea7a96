import { describe, expect, it } from 'vitest';
import { SrunxError } from '../errors.ts';
import type { JobObservation } from './job-observation.ts';
import { parseJobState } from './job-state.ts';
import { planUpdates, type UpdateOption } from './job-update.ts';

const row: JobObservation = {
  ...{ jobId: '7', rawId: '7', state: parseJobState('PENDING'), nodes: 1, cpus: 1, gpus: 0, restarts: 0, name: 'a' },
  ...{
    source: 'controller',
    partition: 'cpu',
    timeLimitSeconds: 5400,
    comment: 'old srunx:t-1.2',
    extra: { Nice: '5' },
  },
};
const plan = (option: UpdateOption, value: string) => planUpdates(new Map([[option, value]]))[0];

describe('planUpdates', () => {
  it.each([
    ['time', '90', 'TimeLimit=90'],
    ['time', '+30', 'TimeLimit+=30'],
    ['time', '-1:00:00', 'TimeLimit-=1:00:00'],
    ['time', '-1', 'TimeLimit=-1'],
    ['name', 'a b,c=d', 'JobName=a b,c=d'],
    ['begin', 'now+2hours', 'StartTime=now+2hours'],
    ['dependency', '', 'Dependency='],
    ['throttle', '0', 'ArrayTaskThrottle=0'],
    ['nodes', '1-4', 'NumNodes=1-4'],
    ['comment', 'new', 'Comment=new srunx:t-1.2'],
  ] as const)('writes --%s %j as %s', (option, value, word) => expect(plan(option, value)?.word(row)).toBe(word));

  it('adds nothing to the comment of a job that is not ours', () => {
    expect(plan('comment', 'new')?.word({ ...row, comment: 'old' })).toBe('Comment=new');
  });

  it.each([
    ['time', '90', true],
    ['time', '60', false],
    ['time', 'unlimited', true],
    ['partition', 'gpu', false],
    ['nice', '+5', true],
    ['comment', 'old', true],
  ] as const)('sees whether --%s %s was done', (option, value, isIn) =>
    expect(plan(option, value)?.isIn?.(row)).toBe(isIn),
  );

  it.each([
    ['time', '1x'],
    ['time', '+x'],
    ['begin', 'now+2h'],
    ['nodes', '4-1'],
    ['priority', 'high'],
    ['dependency', 'afterok:x'],
    ['name', 'a\nb'],
  ] as const)('refuses --%s %j', (option, value) => expect(() => plan(option, value)).toThrow(SrunxError));
});
