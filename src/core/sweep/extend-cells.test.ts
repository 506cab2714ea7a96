import { expect, it } from 'vitest';
import { extendCells, type FormerCell } from './extend-cells.ts';
import type { AxisValue } from './sweep.ts';

const axisValue = (value: string | number | boolean): AxisValue => ({ value, text: String(value) });

function cellsOf(...rows: readonly Record<string, string | number | boolean>[]): FormerCell[] {
  return rows.map((row, index) => ({
    index,
    values: new Map(Object.entries(row).map(([axis, value]) => [axis, axisValue(value)])),
  }));
}

function extend(cells: readonly FormerCell[], added: Record<string, readonly string[]>) {
  const values = new Map(Object.entries(added).map(([axis, texts]) => [axis, texts.map(axisValue)]));
  return extendCells(cells, values).map((cell) => ({
    index: cell.index,
    name: cell.name,
    values: Object.fromEntries([...cell.values].map(([axis, { value }]) => [axis, value])),
  }));
}

const grid = cellsOf({ lr: 0.1, seed: 1 }, { lr: 0.1, seed: 2 }, { lr: 0.01, seed: 1 }, { lr: 0.01, seed: 2 });

it('brings each new value with all that the other axes have, counted on from the last cell', () => {
  expect(extend(grid, { lr: ['0.5'] })).toEqual([
    { index: 4, name: 'lr-0.5_seed-1', values: { lr: 0.5, seed: 1 } },
    { index: 5, name: 'lr-0.5_seed-2', values: { lr: 0.5, seed: 2 } },
  ]);
});

it('makes of values added to two axes the whole grid', () => {
  expect(extend(grid, { lr: ['0.5'], seed: ['3'] }).map(({ values }) => `${values['lr']} ${values['seed']}`)).toEqual([
    '0.1 3',
    '0.01 3',
    '0.5 1',
    '0.5 2',
    '0.5 3',
  ]);
});

it('adds nothing that is there already, however it is written, and nothing twice', () => {
  expect(extend(grid, { lr: ['0.1'] })).toEqual([]);
  expect(extend(grid, { lr: ['0.5', '0.5', '0.01'] })).toHaveLength(2);
});

it('leaves out what the first cells had left out', () => {
  const holes = cellsOf({ a: 'x', b: 'p' }, { a: 'x', b: 'q' }, { a: 'y', b: 'p' });
  expect(extend(holes, { a: ['z'] }).map(({ values }) => values['b'])).toEqual(['p', 'q']);
  expect(extend(holes, { b: ['r'] }).map(({ values }) => values['a'])).toEqual(['x', 'y']);
});

it('takes axes that advance together together', () => {
  const zipped = cellsOf({ model: 's', width: 1, seed: 1 }, { model: 'm', width: 2, seed: 1 });
  expect(() => extend(zipped, { model: ['l'] })).toThrow(/each value of `model` stands with one of `width`/);
  expect(() => extend(zipped, { model: ['l', 'xl'], width: ['4'] })).toThrow(/2 values of `model` and 1 of `width`/);
  expect(extend(zipped, { model: ['l'], width: ['4'] }).map(({ values }) => values)).toEqual([
    { model: 'l', width: 4, seed: 1 },
  ]);
});

it('takes text for text, and numbers for numbers, as the axis has them', () => {
  expect(extend(cellsOf({ x: 'a' }), { x: ['0.5'] })[0]?.values).toEqual({ x: '0.5' });
  expect(extend(cellsOf({ x: true }), { x: ['false'] })[0]?.values).toEqual({ x: false });
  expect(() => extend(cellsOf({ x: 1 }), { x: ['two'] })).toThrow(/all its values are numbers/);
  expect(() => extend(cellsOf({ x: 1 }), { x: [''] })).toThrow(/all its values are numbers/);
});

it('leaves alone what `include` has made of cells', () => {
  const cells = cellsOf({ x: 1, y: 1 }, { x: 1, y: 3 }, { x: 2, y: 1, z: 5 }, { x: 2, y: 3, z: 5 });
  expect(extend(cells, { y: ['2'] }).map(({ values }) => values)).toEqual([{ x: 1, y: 2 }]);
});

it('counts new cells as a file would, the last axis first', () => {
  const fresh = extend(grid, { lr: ['0.5', '0.7'] }).map(({ values }) => `${values['lr']} ${values['seed']}`);
  expect(fresh).toEqual(['0.5 1', '0.5 2', '0.7 1', '0.7 2']);
});

it('refuses axes that are not there, and names of groups', () => {
  expect(() => extend(grid, { wd: ['1'] })).toThrow(/no such axis/);
  const groups: FormerCell[] = [{ index: 0, values: new Map([['model', { value: { layers: 2 }, text: 'small' }]]) }];
  expect(() => extend(groups, { model: ['big'] })).toThrow(/groups with names/);
});

it('gives no cell a name that another one has', () => {
  const cells = cellsOf({ f: 'a/x.csv' });
  const [added] = extend(cells, { f: ['b/x.csv'] });
  expect(added?.name).not.toBe('f-x.csv');
});
