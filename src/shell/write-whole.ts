import { closeSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { randomHex } from './random-bytes.ts';

/** Of the user alone. Others may read it at any moment: they find what was there before, or all of it. */
export function writeWhole(path: string, content: string | Iterable<string | Uint8Array>): void {
  const temporary = `${path}.${randomHex(6)}`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    for (const piece of typeof content === 'string' ? [content] : content) writeFileSync(file, piece);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
