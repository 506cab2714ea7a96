import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonPieces, type LazyJson } from './json-pieces.ts';

const textOf = (value: LazyJson) => [...jsonPieces(value)].join('');

describe('JSON in pieces', () => {
  it('is JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 2 }), (value) => {
        expect(textOf(value as LazyJson)).toBe(JSON.stringify(value));
      }),
    );
  });

  it.each([0, 1, 499, 500, 501, 1_000])('has a list of %i items that are made on the way', (length) => {
    const list = {
      *[Symbol.iterator]() {
        for (let index = 0; index < length; index += 1) yield `name "${index}"`;
      },
    };
    expect(textOf({ list, a: 1 })).toBe(JSON.stringify({ list: [...list], a: 1 }));
    const longest = Math.max(...Array.from(jsonPieces({ list }), (piece) => piece.length));
    expect(longest).toBeLessThan(10_000);
  });
});
