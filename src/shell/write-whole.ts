import { renameSync, writeFileSync } from 'node:fs';
import { randomHex } from './random-bytes.ts';

/** Of the user alone. Others may read it at any moment: they find what was there before, or all of it. */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${randomHex(6)}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}
