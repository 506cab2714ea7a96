import { expect, it } from 'vitest';
import { parseProgress } from './rsync-progress.ts';

it.each([
  [
    '     32,768   3%    1.50MB/s    0:01:05  ',
    { bytes: 32_768, percent: 3, bytesPerSecond: 1_572_864, secondsLeft: 65, files: undefined },
  ],
  [
    '  1,234,567 100%   10.00kB/s    1:00:00 (xfr#2, to-chk=0/3)',
    { bytes: 1_234_567, percent: 100, bytesPerSecond: 10_240, secondsLeft: undefined, files: 2 },
  ],
  [
    '              5   0%    0.00kB/s    0:00:00 (xfr#1, ir-chk=1000/1002)',
    { bytes: 5, percent: 0, bytesPerSecond: 0, secondsLeft: undefined, files: 1 },
  ],
  ['<f+++++++++ 5 0% 0.00kB/s 0:00:00', undefined],
  ['', undefined],
  ['     32,768   3%    1.5', undefined],
])('%j', (text, expected) => {
  expect(parseProgress(text)).toEqual(expected);
});
