import { describe, expect, it } from 'vitest';
import { findLogStart, type LogStart, lastLinesStart, type ReadLog } from './log-start.ts';

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

describe('findLogStart', () => {
  const logOf = (content: Uint8Array): { read: ReadLog; reads: number[] } => {
    const reads: number[] = [];
    const read: ReadLog = async ({ offset, maxBytes }) => {
      const begin = offset < 0 ? Math.max(0, content.length + offset) : offset;
      const bytes = content.subarray(begin, begin + maxBytes);
      reads.push(bytes.length);
      return { bytes, offset: begin, size: content.length, fileId: 'f' };
    };
    return { read, reads };
  };
  const from = async (text: string, start: LogStart) => {
    const content = new TextEncoder().encode(text);
    const position = await findLogStart(logOf(content).read, start);
    return new TextDecoder().decode(content.subarray(position?.offset));
  };
  const wanted = (count: number, word: string): LogStart => {
    const isWanted = (line: Uint8Array) => new TextDecoder().decode(line).includes(word);
    return { kind: 'lines', count, isWanted };
  };

  it.each<[LogStart, string]>([
    [{ kind: 'beginning' }, 'a\nb\nc'],
    [{ kind: 'bytes', count: 2 }, '\nc'],
    [{ kind: 'bytes', count: 99 }, 'a\nb\nc'],
    [{ kind: 'lines', count: 1 }, 'c'],
  ])('%j', async (start, expected) => {
    expect(await from('a\nb\nc', start)).toBe(expected);
  });

  it.each([
    ['x1\ny\nx2\ny\nx3\ny\n', 2, 'x2\ny\nx3\ny\n'],
    ['x1\ny\nx2', 1, 'x2'],
    ['x1\ny', 5, 'x1\ny'],
    ['\nx\n\n', 9, 'x\n\n'],
    ['\n', 1, ''],
    ['y\n', 1, ''],
    ['', 1, ''],
  ])('of %j with %i lines that are wanted', async (text, count, expected) => {
    expect(await from(text, wanted(count, 'x'))).toBe(expected);
  });

  it('finds wanted lines that lie across the pieces in which a large log is read', async () => {
    const block = 1024 * 1024;
    for (const shift of [-2, -1, 0, 1, 2]) {
      const end = `${'x'.repeat(8)}\n${'-'.repeat(block + shift)}\nlast`;
      const text = `${'x'.repeat(3 * block)}\n${end}`;
      expect(await from(text, wanted(1, 'x'))).toBe(end);
      expect(await from(text, wanted(2, 'x'))).toBe(text);
      expect(await from(text, wanted(1, 'z'))).toBe('');
    }
  });

  it('searches a line without end in parts', async () => {
    const { read } = logOf(new Uint8Array(40 * 1024 * 1024).fill(0x78));
    const position = await findLogStart(read, wanted(1, 'x'));
    expect(position?.offset).toBeGreaterThan(0);
  });

  it('reads little of a large log whose end has what is wanted', async () => {
    const { read, reads } = logOf(new Uint8Array(50 * 1024 * 1024).fill(0x0a));
    await findLogStart(read, { kind: 'lines', count: 10 });
    await findLogStart(read, { kind: 'bytes', count: 10 });
    expect(reads.reduce((sum, count) => sum + count)).toBeLessThan(20_000);
  });

  it('says that there is no file', async () => {
    expect(await findLogStart(async () => undefined, wanted(1, 'x'))).toBeUndefined();
  });
});
