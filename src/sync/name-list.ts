import { createHash } from 'node:crypto';
import { unescapeName } from '../core/sync/rsync-names.ts';
import { type NameTable, namesIn } from './name-table.ts';

/** Names as they are, from names as rsync escapes them, each with a NUL behind it. */
export function nameList(names: Iterable<string>): Buffer {
  return Buffer.concat(Array.from(names).flatMap((name) => [bytesOf(name), nul]));
}

function bytesOf(name: string): Uint8Array {
  return name.includes('\\#') || !name.isWellFormed() ? unescapeName(name) : Buffer.from(name);
}

const nul = Buffer.of(0);

/** The same of many names, in pieces. */
export function* namePieces(names: NameTable): Generator<Buffer> {
  for (const piece of names.pieces()) yield piece.includes('\\#') ? nameList(namesIn(piece)) : piece;
}

export function hashOfList(names: NameTable): string {
  const hash = createHash('sha256');
  for (const piece of namePieces(names)) hash.update(piece);
  return hash.digest('hex');
}
