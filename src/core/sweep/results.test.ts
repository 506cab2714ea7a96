import { describe, expect, it } from 'vitest';
import { parseMetrics } from './metrics.ts';
import { chooseResults, type ResultRow, resultColumns, showSorted } from './results.ts';

const row = (index: number, lr: string, text: string): ResultRow => ({
  index,
  name: undefined,
  values: { lr },
  state: index === 2 ? 'failed' : 'completed',
  metrics: parseMetrics(text).metrics,
});
const rows = [
  row(0, '0.10', '{"acc": 0.9}\n{"acc": 0.7}'),
  row(1, '1e-5', '{"acc": 0.8, "lr": 3, "val/f1": 1}'),
  row(2, '0.1', '{"acc": NaN}'),
  row(3, '10', ''),
];
const columns = resultColumns(rows);
const choose = (where: readonly string[], sort: readonly string[] = []) =>
  chooseResults(rows, { columns, where, sort }).map(({ index }) => index);

it('columns are named once each', () => {
  const shown = columns.filter(({ derived }) => derived !== true).map(({ key }) => key);
  expect(shown).toEqual(['cell', 'state', 'lr', 'acc', 'metric.lr', 'val/f1']);
  expect(columns.find(({ key }) => key === 'metric.lr.max')?.value(rows[1] as ResultRow)).toBe(3);
});

it('what is sorted by is shown', () => {
  const shown = showSorted(columns, ['-acc.max', 'cell']).filter(({ derived }) => derived !== true);
  expect(shown.map(({ key }) => key)).toEqual(['cell', 'state', 'lr', 'acc', 'acc.max', 'metric.lr', 'val/f1']);
});

describe('rows', () => {
  it.each<[readonly string[], readonly number[]]>([
    [['lr'], [1, 0, 2, 3]],
    [['-lr'], [3, 0, 2, 1]],
    [['acc'], [0, 1, 2, 3]],
    [['-acc'], [1, 0, 2, 3]],
    [['-acc.max'], [0, 1, 2, 3]],
    [
      ['state', '-cell'],
      [3, 1, 0, 2],
    ],
  ])('sorted by %j, what is missing last', (sort, expected) => expect(choose([], sort)).toEqual(expected));

  it.each<[readonly string[], readonly number[]]>([
    [['acc>0.7'], [1]],
    [['acc >= 0.7'], [0, 1]],
    [['lr=0.1'], [0, 2]],
    [['lr==0.1', 'state!=failed'], [0]],
    [['acc!=0.8'], [0, 2, 3]],
    [['val/f1<=1'], [1]],
    [['acc.max_step=1', 'cell<1'], [0]],
    [['state=comp'], []],
  ])('chosen by %j', (where, expected) => expect(choose(where)).toEqual(expected));

  it('of columns that do not exist are refused', () => {
    expect(() => choose(['acd>1'])).toThrow('there is no column `acd`');
    expect(() => choose(['acc'])).toThrow('no condition');
    expect(() => choose([], ['-nothing'])).toThrow('there is no column `nothing`');
  });
});
