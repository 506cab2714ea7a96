import { expect, it } from 'vitest';
import type { JobCancelResult } from '../app/cancel-run.ts';
import { formatSweepCancel } from './sweep-cancel-counts.ts';

const result = (name: string, rest: Partial<JobCancelResult>): JobCancelResult => ({
  ...{ name, jobId: '7_1', outcome: 'cancelled' },
  ...rest,
});

it('tells results by counts of jobs and cells', () => {
  const results = [
    result('train#0', { outcome: 'signalled', state: 'RUNNING' }),
    result('eval#0', {}),
    result('train#1', { state: 'CANCELLED' }),
    result('eval#1', {}),
    result('train#2', { outcome: 'denied', message: 'Access/permission denied' }),
  ];
  expect(formatSweepCancel(results)).toEqual([
    '1 job of 1 cell: signalled, still RUNNING',
    '3 jobs of 2 cells: cancelled',
    '1 job of 1 cell: permission denied: Access/permission denied',
  ]);
});
