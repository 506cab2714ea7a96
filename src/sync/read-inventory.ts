import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { unescapeName } from '../core/sync/rsync-names.ts';

/** What of a local tree would be sent, and in what state it is. */
export interface Inventory {
  /** Escaped, as rsync names them; files and links alone. */
  readonly names: readonly string[];
  /** Of the names. */
  readonly namesHash: string;
  /** Of the names with all by which a change is seen: size, times, inode and mode. `undefined` where one was gone by then. */
  readonly stateHash: string | undefined;
  readonly bytes: number;
  /** One was changed in the second that it is, or in one that is still to come. */
  readonly isFresh: boolean;
}

/**
 * Looks at each of the files.
 *
 * @param root absolute
 * @param names of `listLocalFiles`
 * @param now epoch milliseconds
 */
export function readInventory(
  root: string,
  { names, now }: { readonly names: readonly string[]; readonly now: number },
): Inventory {
  const [ofNames, ofState] = [createHash('sha256'), createHash('sha256')];
  const prefix = Buffer.from(root === '/' ? root : `${root}/`);
  let bytes = 0;
  let isWhole = true;
  let newest = 0n;
  for (const name of names) {
    ofNames.update(`${name}\n`);
    const facts = lstatSync(Buffer.concat([prefix, unescapeName(name)]), { bigint: true, throwIfNoEntry: false });
    if (facts === undefined) isWhole = false;
    else {
      // The time of change cannot be set back: two edits within one tick of the other clock differ in it.
      ofState.update(`${name}\0${facts.size} ${facts.mtimeNs} ${facts.ctimeNs} ${facts.ino} ${facts.mode}\n`);
      bytes += Number(facts.size);
      if (facts.mtimeNs > newest) newest = facts.mtimeNs;
    }
  }
  return {
    names,
    namesHash: ofNames.digest('hex'),
    stateHash: isWhole ? ofState.digest('hex') : undefined,
    bytes,
    isFresh: newest >= BigInt(Math.floor(now / 1_000)) * 1_000_000_000n,
  };
}
