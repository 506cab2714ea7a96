import { expect, it } from 'vitest';
import { narrowJobId } from './narrow-job-id.ts';

it.each([
  ['12_[3-9%2]', '12', '12_[3-9%2]'],
  ['12_[3-9%2]', '12_4', '12_4'],
  ['12_[3-9]', '12_[2-5]', '12_[3-5]'],
  ['12_[0-8:2]', '12_[1-5]', '12_[2,4]'],
  ['12_4', '12', '12_4'],
  ['12_4', '12_[0-9]', '12_4'],
  ['12', '12', '12'],
  ['12+1', '12', '12+1'],
])('of the row %s, %s names %s', (row, id, expected) => {
  expect(narrowJobId({ jobId: row }, id)).toBe(expected);
});
