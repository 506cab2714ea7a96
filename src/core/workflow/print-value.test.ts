import { describe, expect, it } from 'vitest';
import { printValue } from './print-value.ts';

describe('printValue', () => {
  // Every expectation is what Python's str() prints.
  it.each([
    [1, '1.0'],
    [0.1, '0.1'],
    [0.1 + 0.2, '0.30000000000000004'],
    [0.0001, '0.0001'],
    [0.00012, '0.00012'],
    [1e-5, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [5e-324, '5e-324'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [123456789012345680, '1.2345678901234568e+17'],
    [1.5e300, '1.5e+300'],
    [-0, '-0.0'],
    [-2.5, '-2.5'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [Number.NaN, 'nan'],
  ])('prints the fraction %s as %s', (value, text) => expect(printValue(value, true)).toBe(text));

  it.each([
    [true, 'True'],
    [false, 'False'],
    [null, 'None'],
    [undefined, 'None'],
    [3, '3'],
    ['as it is\n', 'as it is\n'],
    [[], '[]'],
    [[1, true, undefined, 'a', 1.5], "[1, True, None, 'a', 1.5]"],
    [["it's", '"q"', `a'"b`], `["it's", '"q"', 'a\\'"b']`],
    [['tab\t\n\\', '\u0007', '日本'], "['tab\\t\\n\\\\', '\\x07', '日本']"],
    [{ a: 1, b: [true] }, "{'a': 1, 'b': [True]}"],
    [new Map<unknown, unknown>([[1, { k: null }]]), "{1: {'k': None}}"],
    [{}, '{}'],
  ])('prints %j as %s', (value, text) => expect(printValue(value)).toBe(text));

  it('prints whole numbers of any size', () => expect(printValue(12345678901234567890n)).toBe('12345678901234567890'));
});
