import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectory } from '../shell/disk.ts';
import { writeWhole } from '../shell/write-whole.ts';
import { hashOfList } from './name-list.ts';
import { NameTable } from './name-table.ts';
import { factsPerFile, type Inventory } from './read-inventory.ts';
import { hashBytes } from './sums.ts';

/** What names a state of all files of a mount, each a SHA-256. */
export interface TreeSums {
  /** Over the names, kinds, permissions and contents. Who may write a file does not count: in a copy, nobody may. */
  readonly hash: string;
  /** Over sizes, times and names, as `stat` says them at the other end. */
  readonly proof: string;
  /** Of the list of names that is kept there. */
  readonly listHash: string;
  /** Over the sorted hashes of the contents of all files. */
  readonly sums: string;
}

/** What is remembered of the state that was hashed last. */
export interface KnownContents extends Contents {
  readonly tree: TreeSums;
}

export interface Contents extends Pick<Inventory, 'names' | 'facts' | 'modes'> {
  /** Of the content of each, {@link hashBytes}. */
  readonly hashes: Buffer;
}

interface Head {
  readonly state: string;
  readonly tree: TreeSums;
  /** SHA-256 over all that stands behind the names; that they are whole, the hash of the list tells. */
  readonly check: string;
  readonly namesBytes: number;
  readonly count: number;
  /** Where the names begin. */
  readonly end: number;
}

/** Where the state is the one that was hashed last. No more than the head is read. */
export function recallTree(file: string, state: string): TreeSums | undefined {
  const head = readIn(file, readHead);
  return head?.state === state ? head.tree : undefined;
}

/** The names themselves are read where they are not those that are given. */
export function recallContents(file: string, { names, listHash }: GivenNames): KnownContents | undefined {
  return readIn(file, (opened) => {
    const head = readHead(opened);
    if (head === undefined) return undefined;
    const { tree, count, namesBytes, end, check } = head;
    const facts = new BigInt64Array(count * factsPerFile);
    const modes = new Uint32Array(count);
    const hashes = Buffer.allocUnsafeSlow(count * hashBytes);
    let at = end + namesBytes;
    for (const part of [bytesOf(facts), bytesOf(modes), hashes]) at += readAll(opened, part, at);
    const before = tree.listHash === listHash ? names : readNames(opened, head);
    const isWhole = before?.length === count && checkOf({ facts, modes, hashes }) === check;
    return isWhole ? { tree, names: before, facts, modes, hashes } : undefined;
  });
}

interface GivenNames {
  readonly names: NameTable;
  readonly listHash: string;
}

export function rememberContents(file: string, known: KnownContents & { readonly state: string }): void {
  const { names, facts, modes, hashes, state, tree } = known;
  const words = [format, state, tree.hash, tree.proof, tree.listHash, tree.sums, checkOf(known)];
  const head = `${words.join(' ')} ${names.byteLength} ${names.length}\n`;
  try {
    makeDirectory(dirname(file));
    writeWhole(file, [head, ...names.pieces(), bytesOf(facts), bytesOf(modes), hashes]);
  } catch {
    // Then everything is read once more.
  }
}

/** The number of this format. */
const format = '2';
const headPattern = new RegExp(`^${format}((?: [0-9a-f]{64}){6}) (\\d+) (\\d+)\n`);
/** Longer than any. */
const headBytes = 512;

function readHead(opened: number): Head | undefined {
  const bytes = Buffer.alloc(headBytes);
  readSync(opened, bytes, 0, headBytes, 0);
  const [line = '', hashes = '', namesBytes, count] = headPattern.exec(bytes.toString('latin1')) ?? [];
  const [state = '', hash = '', proof = '', listHash = '', sums = '', check = ''] = hashes.trim().split(' ');
  const head = {
    state,
    tree: { hash, proof, listHash, sums },
    check,
    namesBytes: Number(namesBytes),
    end: line.length,
  };
  const bytesPerFile = factsPerFile * BigInt64Array.BYTES_PER_ELEMENT + Uint32Array.BYTES_PER_ELEMENT + hashBytes;
  const length = line.length + head.namesBytes + Number(count) * bytesPerFile;
  return fstatSync(opened).size === length ? { ...head, count: Number(count) } : undefined;
}

function readNames(opened: number, { namesBytes, end, tree }: Head): NameTable | undefined {
  const bytes = Buffer.allocUnsafeSlow(namesBytes);
  readAll(opened, bytes, end);
  const names = NameTable.in(bytes);
  return hashOfList(names) === tree.listHash ? names : undefined;
}

function readAll(opened: number, bytes: Buffer, position: number): number {
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(opened, bytes, at, bytes.length - at, position + at);
    if (count === 0) throw new RangeError('the file has become shorter');
    at += count;
  }
  return bytes.length;
}

/** What cannot be read, or not be made sense of, is as good as nothing. */
function readIn<Found>(file: string, read: (opened: number) => Found): Found | undefined {
  let opened: number | undefined;
  try {
    opened = openSync(file, 'r');
    return read(opened);
  } catch {
    return undefined;
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}

function checkOf({ facts, modes, hashes }: Omit<Contents, 'names'>): string {
  return createHash('sha256').update(facts).update(modes).update(hashes).digest('hex');
}

function bytesOf({ buffer, byteOffset, byteLength }: BigInt64Array | Uint32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
