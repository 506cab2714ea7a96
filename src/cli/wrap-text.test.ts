import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellWidth } from './cell-width.ts';
import { wrapText } from './wrap-text.ts';

describe('wrapText', () => {
  it('leaves alone what fits', () => {
    expect(wrapText('abc', { columns: 3 })).toEqual(['abc']);
    expect(wrapText('', { columns: 1 })).toEqual(['']);
  });

  it('breaks wherever the line is full, or between words', () => {
    expect(wrapText('one two three', { columns: 5 })).toEqual(['one t', 'wo th', 'ree']);
    expect(wrapText('one two three', { columns: 5, words: true })).toEqual(['one', 'two', 'three']);
    expect(wrapText('one twothreefour', { columns: 5, words: true })).toEqual(['one', 'twoth', 'reefo', 'ur']);
  });

  it('counts cells, and has no place for a wide character in one', () => {
    expect(wrapText('日本語', { columns: 4 })).toEqual(['日本', '語']);
    expect(wrapText('日本', { columns: 1 })).toEqual(['?', '?']);
  });

  it('keeps an indent between words', () => {
    expect(wrapText('  a bb ccc', { columns: 8, words: true })).toEqual(['  a bb', '  ccc']);
  });

  it('says in the last of the lines it may have that there is more', () => {
    expect(wrapText('one two three four', { columns: 5, words: true, most: 2 })).toEqual(['one', 'two …']);
  });

  it('makes no line wider than the terminal, and loses nothing but spaces', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '日', 'é', '\u0301'), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 30 }), fc.boolean(), (line, columns, words) => {
        const lines = wrapText(line, { columns, words });
        for (const part of lines) expect(cellWidth(part)).toBeLessThanOrEqual(columns);
        const letters = (texts: string) => texts.replaceAll(' ', '').replaceAll('?', '日');
        expect(letters(lines.join(''))).toBe(letters(line));
      }),
    );
  });
});
