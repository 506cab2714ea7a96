import { describe, expect, it } from 'vitest';
import type { JobObservation } from './job-observation.ts';
import { parseJobState } from './job-state.ts';
import { indexObservations, tokenOfRow } from './observation-index.ts';

function row(jobId: string, state: string, facts: Partial<JobObservation> = {}): JobObservation {
  return {
    ...{ jobId, rawId: jobId, state: parseJobState(state), restarts: 0, name: 'n', nodes: 1, cpus: 1, gpus: 0 },
    source: 'controller',
    ...facts,
  };
}

const tracked = (jobId: string) => ({ token: 't', jobId, name: 'n', notBefore: 0, known: undefined });

describe('the rows of one submission are one observation', () => {
  it('for an array, whose first start and last end count', () => {
    const task = (index: string, state: string, facts: object) =>
      row(`7_${index}`, state, { rawId: `8${index}`, arrayJobId: '7', arrayTask: index, ...facts });
    const index = indexObservations([
      task('0', 'COMPLETED', { startTime: 10, endTime: 20 }),
      task('1', 'FAILED', { startTime: 12, endTime: 40, exit: { code: 3, signal: 0 } }),
      row('77', 'RUNNING'),
    ]);
    expect(index.find(tracked('7'))).toMatchObject({
      ...{ jobId: '7', rawId: '7', startTime: 10, endTime: 40, exit: { code: 3, signal: 0 } },
      state: { status: 'FAILED', terminal: true },
    });
    expect(index.find(tracked('7'))).not.toHaveProperty('arrayTask');
    expect(index.rowsOf(tracked('7'))).toHaveLength(2);
  });

  it('for a heterogeneous job', () => {
    const part = (offset: number, state: string) =>
      row(`7+${offset}`, state, { rawId: `${7 + offset}`, hetJobId: '7', hetOffset: offset });
    const index = indexObservations([part(0, 'COMPLETED'), part(1, 'RUNNING')]);
    expect(index.find(tracked('7'))?.state).toMatchObject({ status: 'RUNNING', terminal: false });
    expect(index.find(tracked('8'))).toBeUndefined();
  });
});

it.each([
  ['srunx:abc-0', 'abc-0'],
  ['my words srunx:abc-0', 'abc-0'],
  ['srunx:other srunx:abc-0 ', 'abc-0'],
  ['two\nlines\nsrunx:abc-0', 'abc-0'],
  ['srunx:abc-0 and more', undefined],
  ['xsrunx:abc-0', undefined],
  ['', undefined],
  [undefined, undefined],
])('the comment %j names %j', (comment, token) => {
  expect(tokenOfRow(comment === undefined ? {} : { comment })).toBe(token);
});
