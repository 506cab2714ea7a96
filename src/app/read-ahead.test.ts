import { expect, it } from 'vitest';
import type { FileChunk } from '../shell/shell.ts';
import { firstLook, type ReadLog } from './log-start.ts';
import { readThrough } from './read-ahead.ts';

type At = Parameters<ReadLog>[0];

/** A file that may grow, and how often it was read. */
function fileOf(text: string) {
  const file = { text, reads: 0 };
  const read = ({ offset, maxBytes }: At): Promise<FileChunk> => {
    file.reads += 1;
    const size = file.text.length;
    const from = Math.min(size, offset < 0 ? Math.max(0, size + offset) : offset);
    const bytes = new TextEncoder().encode(file.text.slice(from, from + maxBytes));
    return Promise.resolve({ bytes, offset: from, size, fileId: '1' });
  };
  return { file, read };
}

const textOf = (chunk: FileChunk | undefined) => new TextDecoder().decode(chunk?.bytes);

it('what a search from the end has read is not read again right after it, and what comes later is', async () => {
  const { file, read } = fileOf('one\ntwo\n');
  const through = readThrough(read, () => undefined);
  await through({ offset: -100, maxBytes: 100 });
  expect([textOf(await through({ offset: 4, maxBytes: 100 })), file.reads]).toEqual(['two\n', 1]);
  file.text += 'three\n';
  expect([textOf(await through({ offset: 8, maxBytes: 100 })), file.reads]).toEqual(['three\n', 2]);
  expect([textOf(await through({ offset: 14, maxBytes: 100 })), file.reads]).toEqual(['', 3]);
});

it('what a search has read is read again where it is not all of the rest', async () => {
  const { file, read } = fileOf('0123456789');
  const through = readThrough(read, () => undefined);
  await through({ offset: -5, maxBytes: 2 });
  expect([textOf(await through({ offset: 5, maxBytes: 100 })), file.reads]).toEqual(['56789', 2]);
  await through({ offset: -5, maxBytes: 100 });
  expect([textOf(await through({ offset: 4, maxBytes: 2 })), file.reads]).toEqual(['45', 4]);
});

it('what was read ahead is the first look, and no other', async () => {
  const { file, read } = fileOf('late');
  const [early] = [fileOf('early')];
  const through = readThrough(read, () => early.read(firstLook));
  expect(textOf(await through({ offset: -1, maxBytes: 1 }))).toBe('e');
  expect(textOf(await through(firstLook))).toBe('early');
  expect(file.reads).toBe(1);
});
