import { describe, expect, it } from 'vitest';
import { formatTable, layoutTable, printable, printableLines, rowLine, titleLine } from './table.ts';

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

  it('shortens elastic columns, the widest first, where a terminal is too narrow', () => {
    interface Named {
      readonly name: string;
      readonly where: string;
    }
    const elastic = [
      { title: 'NAME', value: (row: Named) => row.name, elastic: true as const, colour: () => 'red' as const },
      { title: 'N', value: () => '1' },
      { title: 'WHERE', value: (row: Named) => row.where, elastic: true as const },
    ];
    const rows = [
      { name: '日本'.repeat(10), where: 'c[1-4]' },
      { name: 'short', where: 'w'.repeat(20) },
    ];
    expect(formatTable(elastic, rows, { columns: 40 })).toEqual([
      'NAME               N  WHERE',
      '日本日本日本日本…  1  c[1-4]',
      'short              1  wwwwwwwwwwwwwwwww…',
    ]);
    expect(formatTable(elastic, rows, { columns: 16 })).toEqual([
      'NAME   N  WHERE',
      '日本…  1  c[1-4]',
      'short  1  wwwww…',
    ]);
    expect(formatTable(elastic, rows, { columns: 80 })).toEqual(formatTable(elastic, rows));
    expect(formatTable(elastic, rows, { columns: 40, colour: true })[1]).toContain('日本日本…\x1b[0m');
  });

  it('colours the text, not the gap behind it, and only where it is asked to', () => {
    const [, plain] = formatTable(columns, [{ id: 'a', count: 1 }]);
    const [, coloured] = formatTable(columns, [{ id: 'a', count: 1 }], { colour: true });
    expect(plain).toBe('a       1');
    expect(coloured).toBe('\x1b[31ma\x1b[0m       1');
  });
});

describe('layoutTable', () => {
  interface Named {
    readonly name: string;
  }
  const named = [
    { title: 'NAME', value: ({ name }: Named) => name, elastic: true as const },
    { title: 'N', value: () => '1' },
    { title: 'WHERE', value: () => 'c1', drop: 1 },
  ];
  const rows = [{ name: 'long-enough-name' }, { name: '日本' }];
  const drawn = (room: number | undefined) => {
    const layout = layoutTable(named, rows, { columns: room });
    return [titleLine(layout), ...rows.map((row) => rowLine(layout, row, false))];
  };

  it.each([undefined, 60, 18, 15, 6])('draws single lines as a table of %s columns has them', (room) => {
    expect(drawn(room)).toEqual(formatTable(named, rows, { columns: room }));
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

it('printableLines keeps lines and tabs, and nothing else that acts', () => {
  expect(printableLines('a\n\tb\r\n\u001b[2Kc\u202e\n')).toBe('a\n\tb\\r\n\\x1b[2Kc\\u202e\n');
});
