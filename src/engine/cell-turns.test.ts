import { describe, expect, it } from 'vitest';
import type { CellGroup, SweepPlan } from '../core/workflow/plan-sweep.ts';
import { cellsInTurn, takeTurns, turnsOfPart } from './cell-turns.ts';
import { layOutArrays, type SweepArray } from './lay-out-arrays.ts';
import { expandTasks } from './run-description.ts';

const groupOf = (cells: readonly number[], jobs: readonly string[] = ['a', 'b']): CellGroup => ({
  cells,
  stages: jobs.map((name) => ({ job: { name }, varies: { env: {} }, rows: [] })) as unknown as CellGroup['stages'],
  skipped: [],
});

const planOf = (groups: readonly CellGroup[], maxParallelCells: number, maxParallel = maxParallelCells): SweepPlan =>
  ({ groups, maxParallel, maxParallelCells }) as unknown as SweepPlan;

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

const layOut = (plan: SweepPlan, maxArraySize = 1001) =>
  layOutArrays(plan, { tokenOf: (position) => `t${position}`, maxArraySize });

/** By cell, the cells that it waits for because it is not its turn. */
function waits(arrays: readonly SweepArray[], cellsAtOnce: number): ReadonlyMap<number, readonly number[]> {
  const offsets = new Map(arrays.map(({ token, offset }) => [token, offset]));
  const turns = takeTurns(arrays, cellsAtOnce);
  return new Map(
    arrays
      .filter(({ stage }) => stage === 0)
      .flatMap(({ token, offset, tasks }) =>
        expandTasks(tasks).map((task): [number, number[]] => {
          const own = (turns.get(token) ?? []).filter(({ first, last }) => first <= task && task <= last);
          const cells = own.flatMap(({ tokens, shift }) => tokens.map((one) => task - shift + (offsets.get(one) ?? 0)));
          return [task + offset, [...new Set(cells)]];
        }),
      ),
  );
}

describe('cellsInTurn', () => {
  it.each<[string, number | undefined, SweepPlan]>([
    ['fewer than there are', 2, planOf([groupOf([0, 1, 2])], 2)],
    ['as many as there are', undefined, planOf([groupOf([0, 1, 2])], 3)],
    ['nothing is said', undefined, { groups: [groupOf([0, 1])], maxParallel: 1 } as unknown as SweepPlan],
    ['a cell is one job', undefined, planOf([groupOf([0, 1, 2], ['a']), groupOf([3], [])], 2)],
    ['cells are different jobs', 2, planOf([groupOf([0, 1], ['a']), groupOf([2], ['b'])], 2)],
    ['cells without a job need no turn', undefined, planOf([groupOf([0, 1]), groupOf([2, 3], [])], 2)],
  ])('%s: %j', (_, expected, plan) => {
    expect(cellsInTurn(plan)).toBe(expected);
  });
});

describe('turnsOfPart', () => {
  const array = (stage: number, tasks: string) => ({ stage, tasks, part: 1 });
  it.each<[string, number | undefined, Parameters<typeof turnsOfPart>[0]]>([
    ['more cells than at once', 2, { arrays: [array(0, '0-2'), array(1, '0-2')], maxParallelCells: 2 }],
    ['as many', undefined, { arrays: [array(0, '0,1'), array(1, '0,1')], maxParallelCells: 2 }],
    ['a cell is one job', undefined, { arrays: [array(0, '0-8')], maxParallelCells: 2 }],
    ['no limit', undefined, { arrays: [array(0, '0-8'), array(1, '0-8')] }],
  ])('is worked out where a part was stored without it: %s: %j', (_, expected, sweep) => {
    expect(turnsOfPart({ ...sweep, cellsInTurn: 7, parts: [{ number: 1 }] }, 1)).toBe(expected);
  });
});

describe('takeTurns', () => {
  it('lets each cell wait for the one so many places before it, in all its jobs', () => {
    const arrays = layOut(planOf([groupOf(upTo(10))], 3));
    const turn = { first: 3, last: 9, shift: 3, tokens: ['t0', 't1'] };
    expect([...takeTurns(arrays, 3)]).toEqual([
      ['t0', [turn]],
      ['t1', [turn]],
    ]);
  });

  it('goes from the end of one array to the beginning of the next, which follows none', () => {
    const arrays = layOut(planOf([groupOf(upTo(25))], 4), 11);
    expect(arrays.every(({ follows }) => follows === undefined)).toBe(true);
    expect(takeTurns(arrays, 4).get('t2')).toEqual([
      { first: 0, last: 3, shift: -7, tokens: ['t0', 't1'] },
      { first: 4, last: 10, shift: 4, tokens: ['t2', 't3'] },
    ]);
    expect(waits(arrays, 4)).toEqual(new Map(upTo(25).map((cell) => [cell, cell < 4 ? [] : [cell - 4]])));
  });

  it('takes cells of several groups in the order of the cells', () => {
    const arrays = layOut(planOf([groupOf([0, 3, 6]), groupOf([1, 2]), groupOf([4, 5])], 2));
    expect(waits(arrays, 2)).toEqual(new Map([0, 3, 6, 1, 2, 4, 5].map((cell) => [cell, cell < 2 ? [] : [cell - 2]])));
  });

  it('lets no cell wait for one that waits for it, where arrays follow each other', () => {
    const groups = [
      groupOf([0, 5], ['a', 'b']),
      groupOf([1, 3], ['a']),
      groupOf([2, 4], ['b']),
      groupOf([6], ['a', 'b']),
    ];
    for (const [maxParallel, size] of [
      [1, 1001],
      [2, 1001],
      [2, 3],
      [1, 2],
    ] as const) {
      const arrays = layOut(planOf(groups, 3, maxParallel), size);
      expect(arrays.some(({ follows }) => follows !== undefined)).toBe(true);
      expect(circleOf(arrays, waits(arrays, 3))).toBe(false);
    }
  });
});

/** Whether cells wait for each other round and round, by their turns and by what their arrays follow. */
function circleOf(arrays: readonly SweepArray[], turns: ReadonlyMap<number, readonly number[]>): boolean {
  const cellsOf = ({ tasks, offset }: SweepArray) => expandTasks(tasks).map((task) => task + offset);
  const parents = new Map([...turns].map(([cell, others]) => [cell, new Set(others)]));
  for (const array of arrays) {
    const before = arrays.find(({ token }) => token === array.follows);
    if (before === undefined) continue;
    for (const cell of cellsOf(array)) for (const other of cellsOf(before)) parents.get(cell)?.add(other);
  }
  for (let left = parents.size; left > 0; left = parents.size) {
    for (const [cell, others] of parents) if ([...others].every((other) => !parents.has(other))) parents.delete(cell);
    if (parents.size === left) return true;
  }
  return false;
}
