import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { yamlText } from './yaml-text.ts';

describe('yamlText', () => {
  it.each([
    ['plain', 'plain'],
    ['日本語 🎉', '日本語 🎉'],
    ['tab\tx', '"tab\\tx"'],
    ['\u009b31m', '"\\x9b31m"'],
    ['\x1b[31m', '"\\e[31m"'],
    ['a\u2028b', '"a\\u2028b"'],
    ['\u{feff}a', '"\\ufeffa"'],
    ['\x7f', '"\\x7f"'],
    ['yes', '"yes"'],
    ['1:30', '"1:30"'],
    ['2026-11-26T13:17:08.000Z', '"2026-11-26T13:17:08.000Z"'],
    ['=', '"="'],
    ['a\n', '"a\\n"'],
    ['\n', '"\\n"'],
    ['012', '"012"'],
    ['- a: b', '"- a: b"'],
  ])('writes %j as %s', (text, expected) => expect(yamlText({ name: text })).toBe(`name: ${expected}`));

  const printable = /^[\n\x20-\x7e\x85\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u;

  it('can be read back, and holds nothing that YAML forbids', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.array(fc.dictionary(text, fc.oneof(text, fc.integer(), fc.constant(null)))), (rows) => {
        const written = yamlText(rows);
        expect(written).toMatch(printable);
        expect(written).not.toMatch(/[\u0085\u2028\u2029\ufeff]/);
        expect(parse(written, { strict: true })).toEqual(rows);
        expect(parse(written, { strict: true, version: '1.1' })).toEqual(rows);
      }),
    );
  });
});
