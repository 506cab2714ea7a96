import { describe, expect, it } from 'vitest';
import { formatTable, printable } from './table.ts';

interface Row {
  readonly id: string;
  readonly count: number;
}

const columns = [
  { title: 'ID', value: (row: Row) => row.id, colour: () => 'red' as const },
  { title: 'COUNT', value: (row: Row) => `${row.count}`, align: 'right' as const },
];

describe('formatTable', () => {
  it('aligns by the cells that a terminal shows, and cuts nothing', () => {
    const lines = formatTable(columns, [
      { id: '日本語', count: 1 },
      { id: 'x'.repeat(500), count: 20 },
    ]);
    expect(lines).toEqual([
      `ID${' '.repeat(498)}  COUNT`,
      `日本語${' '.repeat(494)}      1`,
      `${'x'.repeat(500)}     20`,
    ]);
  });

  it('colours the text, not the gap behind it, and only where it is asked to', () => {
    const [, plain] = formatTable(columns, [{ id: 'a', count: 1 }]);
    const [, coloured] = formatTable(columns, [{ id: 'a', count: 1 }], { colour: true });
    expect(plain).toBe('a       1');
    expect(coloured).toBe('\x1b[31ma\x1b[0m       1');
  });
});

describe('printable', () => {
  it.each([
    ['a\nb\tc', 'a\\nb\\tc'],
    ['\x1b[31mred', '\\x1b[31mred'],
    ['\u009b31m', '\\x9b31m'],
    ['evil\u202egpj.exe', 'evil\\u202egpj.exe'],
    ['[red] | "quoted" \'x\' $(rm) 日本語', '[red] | "quoted" \'x\' $(rm) 日本語'],
  ])('shows %j without letting it act', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });
});
