import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandTaskSet, formatTaskSet } from './job-id.ts';
import { taskSetOf } from './task-set-of.ts';

describe('taskSetOf', () => {
  it.each([
    [[], ''],
    [[4], '4'],
    [[0, 1], '0-1'],
    [[0, 1, 2, 3], '0-3'],
    [[0, 3, 6, 9], '0-9:3'],
    [[0, 3], '0,3'],
    [[1, 2, 3, 7, 9, 11, 20], '1-3,7-11:2,20'],
  ])('%j is %s', (indices, text) => {
    expect(formatTaskSet(taskSetOf(indices))).toBe(text);
  });

  it('keeps every index, once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(60)), (found) => {
        const indices = found.toSorted((left, right) => left - right);
        expect(expandTaskSet(taskSetOf(indices))).toEqual(indices);
      }),
    );
  });
});
