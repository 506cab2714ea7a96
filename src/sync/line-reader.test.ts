import { describe, expect, it } from 'vitest';
import { LineReader } from './line-reader.ts';

function read(chunks: readonly string[]): readonly string[] {
  const lines: string[] = [];
  const reader = new LineReader((line) => lines.push(line.toString()));
  for (const chunk of chunks) reader.add(Buffer.from(chunk));
  reader.end();
  return lines;
}

describe('lines', () => {
  it.each([
    ['nothing', [], []],
    ['one', ['a\n'], ['a']],
    ['one without an end', ['a\nb'], ['a', 'b']],
    ['empty ones', ['\n\na\n\n'], ['', '', 'a', '']],
    ['one in several chunks', ['a', '', 'b', 'c\nd', '\n'], ['abc', 'd']],
    ['an end at the beginning of a chunk', ['a', '\nb\n'], ['a', 'b']],
  ])('of %s', (_, chunks, lines) => {
    expect(read(chunks)).toEqual(lines);
  });
});
