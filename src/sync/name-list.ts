import { unescapeName } from '../core/sync/rsync-names.ts';

/** Names as they are, from names as rsync escapes them, each with a NUL behind it. */
export function nameList(names: readonly string[]): Buffer {
  return Buffer.concat(names.flatMap((name) => [unescapeName(name), nul]));
}

const nul = Buffer.of(0);
