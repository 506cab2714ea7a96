import { createHash, type Hash } from 'node:crypto';
import { type BigIntStats, constants, lstatSync } from 'node:fs';
import { unescapeName } from '../core/sync/rsync-names.ts';
import type { NameTable } from './name-table.ts';

/** What of a local tree would be sent, and in what state it is. */
export interface Inventory {
  /** Escaped, as rsync names them; files and links alone. */
  readonly names: NameTable;
  readonly directories: NameTable;
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
  /** Types and permissions of the names, and of the directories, as `lstat` says them; 0 where one is gone. */
  readonly modes: Uint32Array;
  readonly directoryModes: Uint32Array;
  readonly bytes: number;
  /** One was changed in the second that it is, or in one that is still to come. */
  readonly isFresh: boolean;
}

export const factsPerFile = 4;

/** Of a mode. */
export const typeBits = 0o170000;

export function isLink(mode: number): boolean {
  return (mode & typeBits) === constants.S_IFLNK;
}

const second = 1_000_000_000n;

/** As `stat` counts them, before 1970 too. */
export function secondsOf(nanoseconds: bigint): bigint {
  return nanoseconds < 0n ? (nanoseconds - second + 1n) / second : nanoseconds / second;
}

export interface InventoryNames {
  readonly names: NameTable;
  readonly directories: NameTable;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Looks at each of the files.
 *
 * @param root absolute
 * @param wanted names of `listNames`
 */
export function readInventory(root: string, { names, directories, now }: InventoryNames): Inventory {
  const state = new FilesState(names);
  const look = lookIn(root);
  let bytes = 0;
  let isWhole = true;
  let isFresh = false;
  const start = BigInt(Math.floor(now / 1_000)) * second;
  for (const name of names) {
    const found = look(name);
    state.add(found);
    if (found === undefined) isWhole = false;
    else {
      const { size, mtimeNs, ctimeNs } = found;
      bytes += Number(size);
      // What only bears the time of a clock that is ahead is not being written now.
      isFresh ||= mtimeNs >= start && (mtimeNs < start + 2n * second || ctimeNs >= start);
    }
  }
  const ofNames = hashOfNames(names);
  const seen = readDirectories(look, { directories, ofNames });
  const { facts, modes } = state;
  const inventory = { names, directories, namesHash: ofNames.digest('hex'), facts, modes, bytes, isFresh };
  return { ...inventory, ...seen, stateHash: isWhole && seen.directoriesHash !== undefined ? state.hash() : undefined };
}

function readDirectories(
  look: ReturnType<typeof lookIn>,
  { directories, ofNames }: { readonly directories: NameTable; readonly ofNames: Hash },
): Pick<Inventory, 'directoriesHash' | 'directoriesNs' | 'directoryModes'> {
  const ofDirectories = createHash('sha256');
  const directoryModes = new Uint32Array(directories.length);
  let index = 0;
  let directoriesNs = 0n;
  let isWhole = true;
  const read = (name: string) => {
    const found = look(name);
    if (name !== '') ofNames.update(`${name}/\0${found?.mode}\n`);
    if (found === undefined) isWhole = false;
    else {
      const { mtimeNs, ctimeNs, ino, dev, mode } = found;
      ofDirectories.update(`${name}\0${mtimeNs} ${ctimeNs} ${ino} ${dev} ${mode}\n`);
      if (ctimeNs > directoriesNs) directoriesNs = ctimeNs;
      if (mtimeNs > directoriesNs) directoriesNs = mtimeNs;
    }
    return Number(found?.mode ?? 0n);
  };
  read('');
  for (const name of directories) {
    directoryModes[index] = read(name);
    index += 1;
  }
  return { directoriesHash: isWhole ? ofDirectories.digest('hex') : undefined, directoriesNs, directoryModes };
}

function hashOfNames(names: NameTable): Hash {
  const hash = createHash('sha256').update(`${names.length}\n`);
  for (const piece of names.pieces()) hash.update(piece);
  return hash;
}

/** All by which a change of one of the files is seen. */
export class FilesState {
  readonly facts: BigInt64Array;
  readonly modes: Uint32Array;
  readonly #names: NameTable;
  #count = 0;

  constructor(names: NameTable) {
    this.#names = names;
    this.facts = new BigInt64Array(names.length * factsPerFile);
    this.modes = new Uint32Array(names.length);
  }

  /** Of the next of the names; `undefined`: it is gone. */
  add(found: BigIntStats | undefined): void {
    const at = this.#count * factsPerFile;
    if (found !== undefined) {
      this.facts[at] = found.size;
      this.facts[at + 1] = found.mtimeNs;
      // The time of change cannot be set back: two edits within one tick of the other clock differ in it.
      this.facts[at + 2] = found.ctimeNs;
      this.facts[at + 3] = found.ino;
      this.modes[this.#count] = Number(found.mode);
    }
    this.#count += 1;
  }

  hash(): string {
    return hashOfNames(this.#names).update(this.facts).update(this.modes).digest('hex');
  }
}

/** How to look at one of its files, by its escaped name; `undefined`: it is gone, or cannot be seen. */
export function lookIn(root: string) {
  const prefix = root === '/' ? root : `${root}/`;
  const prefixBytes = Buffer.from(prefix);
  return (name: string) => {
    const isPlain = !name.includes('\\#');
    const path = isPlain ? `${prefix}${name}` : Buffer.concat([prefixBytes, unescapeName(name)]);
    try {
      return lstatSync(path, { bigint: true, throwIfNoEntry: false });
    } catch {
      // What was a directory above it is a file now, or is closed to us: what that means, rsync says better.
      return undefined;
    }
  };
}

/** So long a text is hashed at once. */
const textLength = 32 * 1024;

/** What `stat -c '%s %Y %n'` says at the other end of all names in their order, where everything has arrived. */
export function sentHash({ names, facts }: Pick<Inventory, 'names' | 'facts'>): string {
  const text = new HashedText();
  let at = 0;
  for (const name of names) {
    text.add(`${facts[at]} ${secondsOf(facts[at + 1] ?? 0n)} `, name);
    at += factsPerFile;
  }
  return text.digest();
}

/** And what `stat -c '%s %Y %f %n'` says of them, and then `stat -c '%f %n'` of all directories. */
export function wholeHash({ names, facts, modes, directories, directoryModes }: Inventory): string {
  const text = new HashedText();
  let index = 0;
  for (const name of names) {
    const at = index * factsPerFile;
    text.add(`${facts[at]} ${secondsOf(facts[at + 1] ?? 0n)} ${modes[index]?.toString(16)} `, name);
    index += 1;
  }
  index = 0;
  for (const name of directories) {
    text.add(`${directoryModes[index]?.toString(16)} `, name);
    index += 1;
  }
  return text.digest();
}

class HashedText {
  readonly #hash = createHash('sha256');
  #text = '';

  /** A line. */
  add(facts: string, name: string): void {
    this.#text += facts;
    const isPlain = !name.includes('\\#');
    if (isPlain) this.#text += `${name}\n`;
    if (isPlain && this.#text.length < textLength) return;
    this.#hash.update(this.#text);
    this.#text = '';
    if (!isPlain) this.#hash.update(unescapeName(name)).update('\n');
  }

  digest(): string {
    return this.#hash.update(this.#text).digest('hex');
  }
}
