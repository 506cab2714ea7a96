import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Marks, markFields, splitRecords } from './marked-text.ts';

const marks: Marks = { field: '@f@', record: '@r@' };

describe('markFields', () => {
  it('puts a mark behind each field, and another behind the last', () => {
    expect(markFields(['A', 'B', 'C'], marks)).toBe('A:@f@,B:@f@,C:@r@');
  });
});

describe('splitRecords', () => {
  const split = (text: string, count: number): string[][] => [...splitRecords(text, { marks, count })];

  it.each([
    [
      'two records',
      'a@f@b@r@\nc@f@d@r@\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a field mark in the last field', 'a@f@b@f@c@r@\n', [['a', 'b@f@c']]],
    ['a newline in the last field', 'a@f@b\nc\n@r@\n', [['a', 'b\nc\n']]],
    ['empty fields', '@f@@r@\n', [['', '']]],
    ['an answer that was cut', 'a@f@b@r@\nc@f@d', [['a', 'b']]],
    ['a record that is too short', 'x@r@\na@f@b@r@\n', [['a', 'b']]],
    ['too short records behind the last field mark', 'a@f@b@r@\nx@r@\ny@r@\n', [['a', 'b']]],
    ['nothing', '', []],
    ['no marks', 'slurm_load_jobs error\n', []],
  ])('reads %s', (_, text, rows) => expect(split(text, 2)).toEqual(rows));

  it('takes a single field as it is', () => expect(split('a@f@b@r@\n', 1)).toEqual([['a@f@b']]));

  it('drops a forged record where the marks were guessed, and keeps its neighbours', () => {
    const text = 'a@f@1@f@x@r@\n7@f@7@r@\nb@f@2@f@y@r@\n';
    expect(split(text, 3)).toEqual([
      ['a', '1', 'x'],
      ['b', '2', 'y'],
    ]);
  });

  const text = fc.string({ unit: fc.constantFrom('a', '\n', '@', 'f', 'r', ' ', '日') });
  const free = text.filter((value) => !value.includes('@'));
  const rows = fc.array(
    fc.tuple(
      free,
      free,
      free.map((value) => `${value}@f@`),
    ),
  );

  it('reads back whatever was marked', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const output = list.map((fields) => `${fields.join('@f@')}@r@\n`).join('');
        expect(split(output, 3)).toEqual(list);
      }),
    );
  });

  it('reads back whatever was marked by a single mark', () => {
    const single: Marks = { field: '|', record: '|' };
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.stringMatching(/^[a-z]*$/), fc.stringMatching(/^[a-z]*$/), free)), (list) => {
        const output = list.map((fields) => `${fields.join('|')}|\n`).join('');
        expect([...splitRecords(output, { marks: single, count: 3 })]).toEqual(list);
      }),
    );
  });
});
