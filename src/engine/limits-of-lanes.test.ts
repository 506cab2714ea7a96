import { describe, expect, it } from 'vitest';
import { leastParallel, limitsFor } from './lay-out-arrays.ts';

const array = (group: number, stage: number, tasks: string) => ({ token: `r-${group}.${stage}`, group, stage, tasks });

describe('limitsFor', () => {
  it('gives all places to the one group, for each of its jobs', () => {
    const sweep = { arrays: [array(0, 0, '0-9'), array(0, 1, '0-9')], maxParallel: 2 };
    expect([...limitsFor(sweep, 7)]).toEqual([
      ['r-0.0', 7],
      ['r-0.1', 7],
    ]);
    expect(limitsFor(sweep, 100).get('r-0.0')).toBe(10);
  });

  it('shares the places by the numbers of cells', () => {
    const sweep = { arrays: [array(0, 0, '0-5'), array(1, 0, '6,7')], maxParallel: 2 };
    expect([...limitsFor(sweep, 4).values()]).toEqual([3, 1]);
    expect([...limitsFor(sweep, 2).values()]).toEqual([1, 1]);
  });

  it('keeps groups in the lanes in which they were submitted', () => {
    const arrays = [array(0, 0, '0-3'), array(1, 0, '4-7'), array(2, 0, '8-11')];
    const sweep = { arrays, maxParallel: 2 };
    expect(leastParallel(sweep)).toBe(2);
    expect([...limitsFor(sweep, 6).values()]).toEqual([4, 2, 4]);
  });
});
