import { expect, it } from 'vitest';
import type { ReadFileRequest } from '../shell/shell.ts';
import { readWholeFile } from './read-whole-file.ts';

/** Gives so many bytes at a time, whatever is asked for. */
function shellWith(content: Uint8Array | undefined, most: number) {
  return {
    name: 'there',
    readFile: async ({ offset = 0, maxBytes = 1 }: ReadFileRequest) =>
      content && {
        ...{ offset, size: content.length, fileId: '1:1' },
        bytes: content.subarray(offset, offset + Math.min(most, maxBytes)),
      },
  };
}

const content = new TextEncoder().encode('0123456789');

it.each([1, 4, 10, 100])('a file that comes %i bytes at a time is read whole', async (most) => {
  const read = await readWholeFile(shellWith(content, most), { path: '/x', maxBytes: 10 });
  expect(new TextDecoder().decode(read)).toBe('0123456789');
});

it('there may be none, or too much of it', async () => {
  expect(await readWholeFile(shellWith(undefined, 1), { path: '/x', maxBytes: 10 })).toBeUndefined();
  await expect(readWholeFile(shellWith(content, 1), { path: '/x', maxBytes: 9 })).rejects.toMatchObject({
    code: 'file.too_large',
    message: '/x on there has 10 bytes, more than 9',
  });
});
