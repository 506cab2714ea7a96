import { expect, it } from 'vitest';
import { leftOutCells, sweepFactsOf } from './sweep-facts.ts';

const cells = [0, 1].map((index) => ({ index, name: `${index}`, values: { x: `${index}` } }));
const groups = [{ stages: [{ name: 'a', edges: [], options: [] }] }, { stages: [] }];
const planOf = (more: object) => JSON.stringify({ sweep: { axes: ['x'], cells, groups, maxParallel: 4, ...more } });

it('tells the limits of a sweep as they are now', () => {
  expect(sweepFactsOf(planOf({}))).toEqual({
    ...{ maxParallel: 4, maxParallelCells: undefined, cellsInTurn: undefined, leftOut: [] },
    stages: [{ name: 'a', edges: [] }],
    typed: new Map(),
  });
  expect(sweepFactsOf(planOf({ maxParallelNow: 9 }))?.maxParallel).toBe(9);
  expect(sweepFactsOf(planOf({ maxParallelNow: 9, maxParallelCells: 2, cellsInTurn: 2 }))).toMatchObject({
    ...{ maxParallel: 2, maxParallelCells: 2, cellsInTurn: 2 },
  });
  expect(sweepFactsOf('{"jobs":[]}')).toBeUndefined();
});

it('knows the cells that never had a job', () => {
  const left = [{ index: 1, values: { x: '1' } }];
  expect(sweepFactsOf(planOf({ leftOut: [1] }))?.leftOut).toEqual(left);
  expect([leftOutCells(planOf({ leftOut: [1] })), leftOutCells(planOf({})), leftOutCells('{"jobs":[]}')]).toEqual([
    left,
    [],
    [],
  ]);
});

it('has the values that are no text', () => {
  const [first, second] = cells;
  const typed = { x: 1 };
  expect(sweepFactsOf(planOf({ cells: [first, { ...second, typed }] }))?.typed).toEqual(new Map([[1, typed]]));
});
