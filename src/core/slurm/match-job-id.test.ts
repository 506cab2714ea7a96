import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expandTaskSet, parseTaskSet } from './job-id.ts';
import { matchesJobId } from './match-job-id.ts';

it.each([
  // What a row is about, its raw id, what is asked for.
  ['12', '12', '12', true],
  ['12', '12', '13', false],
  ['12', '12', '12_3', false],
  ['12_3', '15', '12_3', true],
  ['12_3', '15', '12', true],
  ['12_3', '15', '15', true],
  ['12_3', '15', '12_4', false],
  ['12_3', '15', '12_[1-3]', true],
  ['12_3', '15', '12_[4-9]', false],
  ['12_[3-9]', '12', '12_5', true],
  ['12_[3-9]', '12', '12_2', false],
  ['12_[3-9%2]', '12', '12_[0-3]', true],
  ['12_[3-5]', '12', '12_[0-10]', true],
  ['12_[0-10]', '12', '12_[3-5]', true],
  ['12_[1-9:2]', '12', '12_[2-8:2]', false],
  ['12_[1-9:2]', '12', '12_4', false],
  ['12+1', '13', '12', true],
  ['12+1', '13', '12+1', true],
  ['12+1', '13', '12+0', false],
  ['12', '12', 'x', false],
  ['12', '12', '', false],
])('a row about %s (%s) is about %s: %s', (jobId, rawId, id, expected) => {
  expect(matchesJobId({ jobId, rawId }, id)).toBe(expected);
});

it('finds the common tasks of any two sets', () => {
  const range = fc.tuple(fc.nat(40), fc.nat(30), fc.integer({ min: 1, max: 9 }));
  const set = fc
    .array(range, { minLength: 1, maxLength: 3 })
    .map((ranges) => ranges.map(([first, length, step]) => `${first}-${first + length}:${step}`).join(','));
  const tasksOf = (text: string) => expandTaskSet(parseTaskSet(text) ?? { ranges: [], truncated: false });
  fc.assert(
    fc.property(set, set, (one, other) => {
      const common = tasksOf(one).some((index) => tasksOf(other).includes(index));
      expect(matchesJobId({ jobId: `12_[${one}]`, rawId: '12' }, `12_[${other}]`)).toBe(common);
    }),
  );
});
