import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ColumnNeed, fitColumns, gutter } from './fit-columns.ts';

const jobs: readonly ColumnNeed[] = [
  { title: 5, body: 6 },
  { title: 4, body: 4, drop: 3 },
  { title: 4, body: 30, elastic: true },
  { title: 5, body: 9, short: { title: 2, body: 2 } },
  { title: 4, body: 10, drop: 1 },
  { title: 16, body: 8, drop: 2, elastic: true },
];

/** `index:width`, with `s` for a short form. */
const laidOut = (room: number, needs = jobs) =>
  fitColumns(needs, room)
    .map(({ index, width, isShort }) => `${index}:${width}${isShort && needs[index]?.short !== undefined ? 's' : ''}`)
    .join(' ');

describe('fitColumns', () => {
  it.each([
    [100, '0:6 1:4 2:30 3:9 4:10 5:16', 'there is room for all'],
    [80, '0:6 1:4 2:25 3:9 4:10 5:16', 'the longest text is shortened'],
    [63, '0:6 1:4 2:12 3:9 4:10 5:12', 'all texts are'],
    [62, '0:6 2:14 3:9 4:10 5:15', 'what is missed least goes'],
    [55, '0:6 2:14 3:2s 4:10 5:15', 'a short form saves the reason'],
    [46, '0:6 2:10 3:2s 4:10 5:10', 'and shorter texts do'],
    [45, '0:6 2:14 3:9 4:10', 'the reason goes, and the short form with it'],
    [36, '0:6 2:12 3:2s 4:10', 'a short form saves the time'],
    [33, '0:6 2:14 3:9', 'the time goes'],
    [20, '0:6 2:8 3:2s', 'a text is shortened further'],
    [16, '0:6 2:4 3:2s', 'and further'],
    [12, '0:6 2:4 3:2s', 'no more can be done'],
  ])('in %i cells: %s (%s)', (room, expected) => expect(laidOut(room)).toBe(expected));

  it('cuts titles, and never what stands below them', () => {
    const needs = [
      { title: 9, body: 4 },
      { title: 6, body: 6 },
      { title: 10, body: 2 },
    ];
    expect(laidOut(29, needs)).toBe('0:9 1:6 2:10');
    expect(laidOut(21, needs)).toBe('0:5 1:6 2:6');
    expect(laidOut(18, needs)).toBe('0:4 1:6 2:4');
    expect(laidOut(5, needs)).toBe('0:4 1:6 2:4');
  });

  it('lets the last columns go where nobody says which, but for three', () => {
    const needs = Array.from({ length: 5 }, () => ({ title: 8, body: 8 }));
    expect(laidOut(38, needs)).toBe('0:8 1:8 2:8 3:8');
    expect(laidOut(20, needs)).toBe('0:8 1:8 2:8');
  });

  it('keeps the order, uses no more room than there is where that can be, and has no more columns in less room', () => {
    const need = fc.record({
      title: fc.integer({ min: 1, max: 20 }),
      body: fc.integer({ min: 0, max: 60 }),
      elastic: fc.constantFrom(true as const, undefined),
      drop: fc.constantFrom(undefined, 1, 2, 3, 4),
      short: fc.constantFrom(undefined, { title: 2, body: 2 }),
    });
    fc.assert(
      fc.property(fc.array(need, { minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 200 }), (needs, room) => {
        const shown = fitColumns(needs, room);
        const indexes = shown.map(({ index }) => index);
        expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
        expect(shown.every(({ width }) => width >= 0)).toBe(true);
        const total = shown.reduce((sum, { width }) => sum + width + gutter, -gutter);
        const all = needs.reduce((sum, { title, body }) => sum + Math.max(title, body) + gutter, -gutter);
        if (all <= room) expect(shown).toHaveLength(needs.length);
        else if (shown.length > 3) expect(total).toBeLessThanOrEqual(room);
        expect(fitColumns(needs, Math.max(1, room - 1)).length).toBeLessThanOrEqual(shown.length);
      }),
    );
  });
});
