import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** As base64 of what gzip makes of it. Names are alike: little is left of a long list, which never has to be there as a whole. */
export async function pack(pieces: Iterable<string | Uint8Array>): Promise<string> {
  const packed: Buffer[] = [];
  await pipeline(pieces, createGzip({ level: 6 }), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) packed.push(chunk);
  });
  return Buffer.concat(packed).toString('base64');
}
