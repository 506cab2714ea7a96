import { describe, expect, it } from 'vitest';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { parseJobState } from '../core/slurm/job-state.ts';
import { changesOf, keyOf, presumeEnd, vanishedRows } from './job-changes.ts';

function row(jobId: string, state: string): JobObservation {
  const [base = '', task] = jobId.split('_');
  const array = task === undefined ? {} : { arrayJobId: base, arrayTask: task.replace(/[[\]]/g, '') };
  const facts = { nodes: 1, cpus: 1, gpus: 0, restarts: 0, name: 'x', source: 'controller' } as const;
  return { jobId, rawId: base, ...array, state: parseJobState(state), ...facts };
}

function seen(...rows: readonly JobObservation[]): ReadonlyMap<string, JobObservation> {
  return new Map(rows.map((candidate) => [keyOf(candidate), candidate]));
}

function told(before: readonly JobObservation[], now: readonly JobObservation[]): string[] {
  return changesOf(seen(...before), now, 0).map(({ jobId, from, to }) => `${jobId} ${from ?? '-'} ${to}`);
}

describe('changesOf', () => {
  it('tells the first sight of a job, and each change of its status once', () => {
    expect(told([], [row('1', 'PENDING')])).toEqual(['1 - PENDING']);
    expect(told([row('1', 'PENDING')], [row('1', 'PENDING')])).toEqual([]);
    expect(told([row('1', 'RUNNING')], [row('1', 'COMPLETING')])).toEqual([]);
    expect(told([row('1', 'PENDING')], [row('1', 'OUT_OF_MEMORY')])).toEqual(['1 PENDING FAILED']);
  });

  it('takes the row of unstarted tasks for one job, whose id may change', () => {
    expect(told([row('1_[0-9]', 'PENDING')], [row('1_[2-9]', 'PENDING')])).toEqual([]);
    expect(told([row('1_[8-9]', 'PENDING')], [row('1_[9]', 'PENDING')])).toEqual([]);
    const now = [row('1_[1-9]', 'PENDING'), row('1_0', 'RUNNING')];
    expect(told([row('1_[0-9]', 'PENDING')], now)).toEqual(['1_0 PENDING RUNNING']);
  });

  it('says for an end why it came, not what the job once waited for', () => {
    const [change] = changesOf(seen(), [{ ...row('1', 'CANCELLED'), reason: 'JobHeldUser' }], 0);
    expect(change).toMatchObject({ reason: 'cancelled', terminal: true });
  });
});

describe('vanishedRows', () => {
  const ids = (before: readonly JobObservation[], now: readonly JobObservation[]) =>
    vanishedRows(seen(...before), now).map(({ jobId }) => jobId);

  it('finds jobs that the controller forgot before their end was seen', () => {
    expect(ids([row('1', 'RUNNING'), row('2', 'COMPLETED'), row('3', 'PENDING')], [row('3', 'PENDING')])).toEqual([
      '1',
    ]);
  });

  it('finds unstarted tasks that were cancelled and left no trace', () => {
    const now = [row('1_[3-4]', 'PENDING'), row('1_0', 'RUNNING'), row('1_1', 'RUNNING')];
    expect(ids([row('1_[0-5]', 'PENDING')], now)).toEqual(['1_2', '1_5']);
    expect(ids([row('1_[0-1]', 'PENDING')], [row('1_0', 'COMPLETED')])).toEqual(['1_1']);
  });

  it('finds nothing where the rest of an array was cancelled as a whole', () => {
    expect(ids([row('1_[2-5]', 'PENDING')], [row('1_[2-5]', 'CANCELLED')])).toEqual([]);
  });
});

it('presumes a cancellation only of what cannot have run', () => {
  expect(presumeEnd(row('1', 'PENDING'), { couldHaveRun: false }).state).toMatchObject({
    status: 'CANCELLED',
    terminal: true,
  });
  expect(presumeEnd(row('1', 'PENDING'), { couldHaveRun: true }).state).toMatchObject({
    status: 'UNKNOWN',
    terminal: true,
  });
  expect(presumeEnd(row('1', 'RUNNING'), { couldHaveRun: false }).state).toMatchObject({
    status: 'UNKNOWN',
    terminal: true,
  });
});
