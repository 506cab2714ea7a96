import type { Readable } from 'node:stream';
import { OutputCap } from './output-cap.ts';

/** Reads a stream to its end, keeping the first `maxBytes`; the rest is read too, or the writer would wait for ever. */
export function collectOutput(stream: Readable, maxBytes: number): OutputCap {
  const output = new OutputCap(maxBytes);
  stream.on('data', (chunk: Uint8Array) => output.add(chunk));
  return output;
}
