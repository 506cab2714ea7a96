import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pack } from './pack.ts';

const unpack = (packed: string) => gunzipSync(Buffer.from(packed, 'base64')).toString();

describe('what is packed', () => {
  it.each([
    ['nothing', []],
    ['one text', ['été\n']],
    ['bytes and texts', [Buffer.from('a\0'), 'b', '', Buffer.alloc(0), 'c']],
    ['much', Array.from({ length: 500 }, (_, index) => `module-${index}.py\n`.repeat(100))],
  ])('is unpacked as it was: %s', async (_, pieces) => {
    expect(unpack(await pack(pieces))).toBe(pieces.map(String).join(''));
  });

  it('fails where a piece cannot be made', async () => {
    function* broken() {
      yield 'a';
      throw new Error('no more');
    }
    await expect(pack(broken())).rejects.toThrow('no more');
  });
});
