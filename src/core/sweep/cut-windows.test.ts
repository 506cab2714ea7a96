import { describe, expect, it } from 'vitest';
import { cutWindows } from './cut-windows.ts';

const cells = (count: number, tasks = 2) => Array.from({ length: count }, () => tasks);

describe('windows of a sweep', () => {
  it.each([
    ['all at once', cells(5), { first: 10, later: 8 }, { starts: [0], tasks: [10] }],
    ['a small first one', cells(5), { first: 3, later: 8 }, { starts: [0, 1], tasks: [2, 8] }],
    ['several', cells(30), { first: 19, later: 18 }, { starts: [0, 9, 18, 27], tasks: [18, 18, 18, 6] }],
    ['cells of different sizes', [3, 1, 0, 4, 1], { first: 4, later: 5 }, { starts: [0, 3], tasks: [4, 5] }],
  ])('are %s', (_, sizes, room, expected) => {
    expect(cutWindows(sizes, room)).toEqual(expected);
  });

  it.each([
    ['the first', cells(5), { first: 1, later: 8 }],
    ['a later one', [1, 9, 1], { first: 5, later: 8 }],
  ])('are none where a cell is larger than %s', (_, sizes, room) => {
    expect(cutWindows(sizes, room)).toBeUndefined();
  });
});
