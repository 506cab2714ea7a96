import { describe, expect, it } from 'vitest';
import type { CellGroup, SweepPlan } from '../core/workflow/plan-sweep.ts';
import { layOutArrays } from './lay-out-arrays.ts';

function planOf(
  groups: readonly (readonly number[])[],
  maxParallel: number,
  jobs: readonly string[] = ['a', 'b'],
): SweepPlan {
  const stages = jobs.map((name) => ({
    job: { name },
    varies: { env: {} },
    rows: [],
  })) as unknown as CellGroup['stages'];
  return { groups: groups.map((cells) => ({ cells, stages, skipped: [] })), maxParallel } as unknown as SweepPlan;
}

function layOut(plan: SweepPlan, maxArraySize = 1001) {
  const arrays = layOutArrays(plan, { tokenOf: (position) => `t${position}`, maxArraySize });
  return arrays.map(({ token, stage, tasks, offset, limit, follows }) =>
    [token, 'ab'[stage], `${tasks}+${offset}%${limit}`, ...(follows === undefined ? [] : [`after ${follows}`])].join(
      ' ',
    ),
  );
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('layOutArrays', () => {
  it('makes an array of each job', () => {
    expect(layOut(planOf([upTo(10)], 4))).toEqual(['t0 a 0-9+0%4', 't1 b 0-9+0%4']);
  });

  it('cuts what is more than an array may have, and lets the parts follow each other', () => {
    expect(layOut(planOf([upTo(25)], 4), 11)).toEqual([
      't0 a 0-10+0%4',
      't1 b 0-10+0%4',
      't2 a 0-10+11%4 after t0',
      't3 b 0-10+11%4 after t1',
      't4 a 0-2+22%4 after t2',
      't5 b 0-2+22%4 after t3',
    ]);
  });

  it('lets nothing lead from one window into another', () => {
    const windows = { tokenOf: (position: number) => `t${position}`, maxArraySize: 11, windows: [0, 4, 20] };
    const arrays = layOutArrays(planOf([upTo(25)], 4, ['a']), windows);
    expect(arrays.map(({ token, tasks, offset, follows, window }) => [token, tasks, offset, follows, window])).toEqual([
      ['t0', '0-3', 0, undefined, undefined],
      ['t1', '4-10', 0, undefined, 1],
      ['t2', '0-8', 11, 't1', 1],
      ['t3', '9-10', 11, undefined, 2],
      ['t4', '0-2', 22, 't3', 2],
    ]);
  });

  it('shares the places among groups, by their cells', () => {
    expect(layOut(planOf([upTo(30).map((index) => 2 * index), [1, 3, 5]], 6, ['a']))).toEqual([
      't0 a 0-58:2+0%5',
      't1 a 1-5:2+0%1',
    ]);
  });

  it('gives no place to cells without a job', () => {
    const { groups, ...plan } = planOf([upTo(4), [4, 5]], 2, ['a']);
    const [first, second] = groups;
    if (first === undefined || second === undefined) throw new Error('two groups');
    expect(layOut({ ...plan, groups: [{ ...second, stages: [] }, first] })).toEqual(['t0 a 0-3+0%2']);
  });

  it('lets groups follow each other where there are more than places', () => {
    expect(
      layOut(
        planOf(
          [
            [0, 3],
            [1, 4],
            [2, 5],
          ],
          2,
          ['a'],
        ),
      ),
    ).toEqual(['t0 a 0,3+0%1', 't1 a 1,4+0%1', 't2 a 2,5+0%1 after t0']);
  });
});
