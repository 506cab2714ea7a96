import { describe, expect, it } from 'vitest';
import { formatCycle, walkDepthFirst } from './depth-first.ts';

const graph: Readonly<Record<string, readonly string[]>> = {
  a: ['b', 'c'],
  b: ['d'],
  c: ['d'],
  d: [],
  e: ['f'],
  f: ['e'],
};
const next = (name: string) => graph[name] ?? [];

describe('walkDepthFirst', () => {
  it.each([
    [['a'], ['d', 'b', 'c', 'a'], undefined],
    [['d', 'a'], ['d', 'b', 'c', 'a'], undefined],
    [
      ['a', 'e'],
      ['d', 'b', 'c', 'a'],
      ['e', 'f', 'e'],
    ],
    [[], [], undefined],
  ])('from %j', (roots, order, cycle) => expect(walkDepthFirst(roots, next)).toEqual({ order, cycle }));
});

describe('formatCycle', () => {
  it.each([
    [['a', 'a'], 'a -> a'],
    [['a', 'b', 'c', 'a'], 'a -> b -> c -> a'],
  ])('%j', (cycle, text) => expect(formatCycle(cycle)).toBe(text));

  it('shows both ends of a long one', () => {
    const cycle = [...Array.from({ length: 1_000 }, (_, index) => `j${index}`), 'j0'];
    expect(formatCycle(cycle)).toMatch(/^j0 -> .* -> j9 -> \(982 more\) -> j992 -> .* -> j999 -> j0$/);
  });
});
