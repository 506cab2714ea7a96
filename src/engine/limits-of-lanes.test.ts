import { describe, expect, it } from 'vitest';
import { fewestPlaces, limitsFor } from './lay-out-arrays.ts';

const array = (group: number, stage: number, tasks: string, offset = 0) => ({
  token: `r-${group}.${stage}${offset === 0 ? '' : `+${offset}`}`,
  ...{ group, stage, tasks, offset },
});

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
    expect(fewestPlaces(sweep)).toBe(2);
    expect([...limitsFor(sweep, 6).values()]).toEqual([4, 2, 4]);
  });

  it('never gives more places than cells may be under way', () => {
    const sweep = { arrays: [array(0, 0, '0-9')], maxParallel: 8, maxParallelCells: 3 };
    expect(limitsFor(sweep, 100).get('r-0.0')).toBe(3);
  });

  it('limits each array by itself where cells take turns, and shares what is less than that', () => {
    const arrays = [array(0, 0, '0-9'), array(0, 1, '0-9'), array(0, 0, '0-4', 10), array(0, 1, '0-4', 10)];
    const sweep = { arrays, maxParallel: 6, maxParallelCells: 6, cellsInTurn: 6 };
    expect([...limitsFor(sweep, 6).values()]).toEqual([6, 6, 6, 6]);
    expect([...limitsFor(sweep, 3).values()]).toEqual([2, 2, 1, 1]);
    expect([fewestPlaces(sweep), fewestPlaces({ ...sweep, cellsInTurn: 1 })]).toEqual([2, 1]);
  });
});
