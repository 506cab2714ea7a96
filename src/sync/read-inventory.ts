import { createHash, type Hash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { unescapeName } from '../core/sync/rsync-names.ts';

/** What of a local tree would be sent, and in what state it is. */
export interface Inventory {
  /** Escaped, as rsync names them; files and links alone. */
  readonly names: readonly string[];
  readonly directories: readonly string[];
  /** Of the names, and of the directories with their modes. */
  readonly namesHash: string;
  /** Of all directories, and of the one in which they lie: all by which it is seen that one has other entries. `undefined`: as of the state. */
  readonly directoriesHash: string | undefined;
  /** When any of these was changed last, in nanoseconds. */
  readonly directoriesNs: bigint;
  /** Of the names with all by which a change is seen: size, times, inode and mode. `undefined` where one was gone by then. */
  readonly stateHash: string | undefined;
  /** Of each of the names, {@link factsPerFile} numbers: size, nanoseconds of the last change of content and of anything, and inode. */
  readonly facts: BigInt64Array;
  readonly bytes: number;
  /** One was changed in the second that it is, or in one that is still to come. */
  readonly isFresh: boolean;
}

export const factsPerFile = 4;
const second = 1_000_000_000n;

/** As `stat` counts them, before 1970 too. */
export function secondsOf(nanoseconds: bigint): bigint {
  return nanoseconds < 0n ? (nanoseconds - second + 1n) / second : nanoseconds / second;
}

export interface InventoryNames {
  readonly names: readonly string[];
  readonly directories: readonly string[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Looks at each of the files.
 *
 * @param root absolute
 * @param wanted names of `listLocalFiles`
 */
export function readInventory(root: string, { names, directories, now }: InventoryNames): Inventory {
  const [ofNames, ofState] = [createHash('sha256'), createHash('sha256')];
  const facts = new BigInt64Array(names.length * factsPerFile);
  const look = lookIn(root);
  let bytes = 0;
  let isWhole = true;
  let isFresh = false;
  const start = BigInt(Math.floor(now / 1_000)) * second;
  for (const [index, name] of names.entries()) {
    ofNames.update(`${name}\n`);
    const found = look(name);
    if (found === undefined) isWhole = false;
    else {
      const { size, mtimeNs, ctimeNs, ino, mode } = found;
      // The time of change cannot be set back: two edits within one tick of the other clock differ in it.
      ofState.update(`${name}\0${size} ${mtimeNs} ${ctimeNs} ${ino} ${mode}\n`);
      facts.set([size, mtimeNs, ctimeNs, ino], index * factsPerFile);
      bytes += Number(size);
      // What only bears the time of a clock that is ahead is not being written now.
      isFresh ||= mtimeNs >= start && (mtimeNs < start + 2n * second || ctimeNs >= start);
    }
  }
  const stateHash = isWhole ? ofState.digest('hex') : undefined;
  const seen = readDirectories(look, { directories, ofNames });
  const inventory = { names, directories, namesHash: ofNames.digest('hex'), facts, bytes, isFresh };
  return { ...inventory, ...seen, stateHash: seen.directoriesHash && stateHash };
}

function readDirectories(
  look: ReturnType<typeof lookIn>,
  { directories, ofNames }: { readonly directories: readonly string[]; readonly ofNames: Hash },
): Pick<Inventory, 'directoriesHash' | 'directoriesNs'> {
  const ofDirectories = createHash('sha256');
  let directoriesNs = 0n;
  let isWhole = true;
  for (const name of ['', ...directories]) {
    const found = look(name);
    if (name !== '') ofNames.update(`${name}/\0${found?.mode}\n`);
    if (found === undefined) isWhole = false;
    else {
      const { mtimeNs, ctimeNs, ino, dev, mode } = found;
      ofDirectories.update(`${name}\0${mtimeNs} ${ctimeNs} ${ino} ${dev} ${mode}\n`);
      if (ctimeNs > directoriesNs) directoriesNs = ctimeNs;
      if (mtimeNs > directoriesNs) directoriesNs = mtimeNs;
    }
  }
  return { directoriesHash: isWhole ? ofDirectories.digest('hex') : undefined, directoriesNs };
}

function lookIn(root: string) {
  const prefix = root === '/' ? root : `${root}/`;
  const prefixBytes = Buffer.from(prefix);
  return (name: string) => {
    const isPlain = !name.includes('\\#');
    const path = isPlain ? `${prefix}${name}` : Buffer.concat([prefixBytes, unescapeName(name)]);
    try {
      return lstatSync(path, { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      // What was a directory above it is a file now.
      if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
      throw error;
    }
  };
}

/** What `stat -c '%s %Y %n'` says at the other end of all names in their order, where everything has arrived. */
export function sentHash({ names, facts }: Pick<Inventory, 'names' | 'facts'>): string {
  const hash = createHash('sha256');
  for (const [index, name] of names.entries()) {
    const [size = 0n, changed = 0n] = facts.subarray(index * factsPerFile, index * factsPerFile + 2);
    hash.update(`${size} ${secondsOf(changed)} `);
    hash.update(name.includes('\\#') ? unescapeName(name) : name);
    hash.update('\n');
  }
  return hash.digest('hex');
}
