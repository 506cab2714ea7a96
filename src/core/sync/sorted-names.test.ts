import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inOrder, isSameSequence, mergeSorted, withoutSorted } from './sorted-names.ts';

const names = fc.array(fc.stringMatching(/^[ab\uffee😀]{0,2}$/u));

describe('sorted names', () => {
  it('are what sets would be', () => {
    fc.assert(
      fc.property(names, names, (some, others) => {
        const [one, other] = [[...some].sort(), [...others].sort()];
        const merged = mergeSorted(one, other);
        const all = [...new Set([...some, ...others])].sort();
        expect([...merged]).toEqual(all);
        expect([...merged]).toEqual(all);
        const set = new Set(other);
        expect([...withoutSorted(one, other)]).toEqual(one.filter((name) => !set.has(name)));
        expect(isSameSequence(one, other)).toBe(JSON.stringify(one) === JSON.stringify(other));
        expect([...inOrder(some)]).toEqual([...new Set(some)].sort());
      }),
    );
  });

  it('are the same where none is more', () => {
    expect(isSameSequence(['a'], ['a'])).toBe(true);
    expect(isSameSequence(['a', 'b'], ['a'])).toBe(false);
    expect(isSameSequence(['a'], ['a', 'b'])).toBe(false);
  });

  it('are taken as they are where they are in order', () => {
    const sorted = ['a', 'b'];
    expect(inOrder(sorted)).toBe(sorted);
  });
});
