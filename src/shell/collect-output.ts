import type { Readable } from 'node:stream';

/** What came so far of an output stream, up to a cap. */
export interface CollectedOutput {
  bytes(): Uint8Array;
  /** More came than the cap allows, and was dropped. */
  isCut(): boolean;
}

/** Reads a stream to its end, keeping the first `maxBytes`; the rest is read too, or the writer would wait for ever. */
export function collectOutput(stream: Readable, maxBytes: number): CollectedOutput {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let cut = false;
  stream.on('data', (chunk: Uint8Array) => {
    const room = maxBytes - size;
    if (chunk.length > room) cut = true;
    if (room <= 0) return;
    const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
    chunks.push(kept);
    size += kept.length;
  });
  return { bytes: () => Buffer.concat(chunks, size), isCut: () => cut };
}
