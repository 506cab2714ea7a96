import { expect, it } from 'vitest';
import { clipLine } from './clip-line.ts';

it.each([
  ['short', 5, 'short'],
  ['longer', 5, 'long…'],
  ['日本語', 6, '日本語'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['\x1b[31mlonger\x1b[0m', 5, '\x1b[31mlong…\x1b[0m'],
  ['\x1b[31mred\x1b[0m', 3, '\x1b[31mred\x1b[0m'],
])('cuts %j to %i cells', (line, columns, expected) => {
  expect(clipLine(line, columns)).toBe(expected);
});
