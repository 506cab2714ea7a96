import { expect, it } from 'vitest';
import { lastLinesStart } from './tail-log.ts';

it.each([
  ['', 3, ''],
  ['a\nb\nc\n', 2, 'b\nc\n'],
  ['a\nb\nc', 2, 'b\nc'],
  ['a\nb\n', 5, 'a\nb\n'],
  ['\n\n\n', 1, '\n'],
  ['日本\n語\n', 1, '語\n'],
])('of %j the last %i lines are %j', (text, count, expected) => {
  const bytes = new TextEncoder().encode(text);
  expect(new TextDecoder().decode(bytes.subarray(lastLinesStart(bytes, count)))).toBe(expected);
});
