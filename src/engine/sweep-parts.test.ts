import { expect, it } from 'vitest';
import { turnsOfPart } from './cell-turns.ts';
import type { RunDescription, SweepDescription } from './describe-run.ts';
import { readDescription } from './parse-description.ts';
import { storedText } from './run-description.ts';
import { withPart } from './sweep-parts.ts';

const cell = (index: number) => ({ index, name: `${index}`, values: { x: `${index}.0` }, typed: { x: index } });

const stage = (name: string) => ({ name, edges: [], options: [], variables: [], wrapped: true });

/** Five cells, of which some have the job `a` and some the job `b` alone. */
const sweep = (part?: number): SweepDescription => ({
  ...{ axes: ['x'], maxParallel: 4, maxParallelCells: 2 },
  cells: [0, 1, 2, 3, 4].map((index) => cell(index + 5 * (part ?? 0))),
  groups: [{ stages: [stage('a')] }, { stages: [stage('b')] }],
  arrays: ['0-2', '3,4'].map((tasks, at) => ({
    ...{
      token: `r-p${part ?? 0}-${at}`,
      group: at + 2 * (part ?? 0),
      stage: 0,
      offset: 5 * (part ?? 0),
      tasks,
      limit: 2,
    },
    ...(part === undefined ? {} : { part }),
  })),
});

const description: RunDescription & { readonly sweep: SweepDescription } = {
  ...{ version: 1, id: 'r', kind: 'workflow', name: 'grid', source: null, target: 'local' },
  cluster: { key: 'k', kind: 'slurm', name: 'c' },
  ...{ createdAt: 0, planHash: 'h', jobs: [] },
  sweep: sweep(),
};

const addition = (number: number) => ({ number, how: 'extend', createdAt: 7 }) as const;

it('stores how each part was laid out, and reads it again', () => {
  const one = withPart(description, { ...addition(1), added: { ...sweep(1), maxParallel: 3, cellsInTurn: 2 } });
  const two = withPart(one, { ...addition(2), added: sweep(2) });
  const read = readDescription(storedText(two), 'r');
  if (read.kind !== 'run' || read.description.sweep === undefined) throw new Error(read.kind);
  const { sweep: stored } = read.description;
  expect(stored.parts).toEqual([
    { ...addition(1), maxParallel: 3, cellsInTurn: 2 },
    { ...addition(2), maxParallel: 4, cellsInTurn: null },
  ]);
  // All are of a first job, of one or the other; and none of the second part has to wait.
  expect([undefined, 1, 2].map((part) => turnsOfPart(stored, part))).toEqual([undefined, 2, undefined]);
  expect(stored.cells[6]).toEqual(cell(6));
  expect([stored.cells.length, stored.groups.length, stored.arrays.length]).toEqual([15, 6, 6]);
});

it('keeps a cell that is there already', () => {
  const again = withPart(description, { ...addition(1), how: 'retry', added: { ...sweep(1), cells: [cell(3)] } });
  expect(again.sweep.cells.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
});
