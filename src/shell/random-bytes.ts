import { closeSync, openSync, readSync } from 'node:fs';

/** Bytes of the system's own generator. Node's crypto takes as long to load as a listing of the queue. */
export function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  const descriptor = openSync('/dev/urandom', 'r');
  try {
    for (let filled = 0; filled < count; ) filled += readSync(descriptor, bytes, filled, count - filled, null);
  } finally {
    closeSync(descriptor);
  }
  return bytes;
}

/** The same as hexadecimal digits, two for each byte. */
export function randomHex(count: number): string {
  return Array.from(randomBytes(count), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
