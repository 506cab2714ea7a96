import { createHash, hash as hashAtOnce } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { unescapeName } from '../core/sync/rsync-names.ts';
import { type ComparedContents, type Kind, kindOf, unknown } from './compare-contents.ts';
import type { KnownContents } from './known-contents.ts';
import { factsPerFile, type Inventory } from './read-inventory.ts';
import { hashBytes } from './sums.ts';

interface Wanted {
  readonly inventory: Inventory;
  readonly known: KnownContents | undefined;
  readonly places: ComparedContents['places'];
  readonly signal: AbortSignal;
}

/** SHA-256 of each content, one behind the other; of a link, of where it leads to. `undefined`: one is not as it was when it was listed. */
export async function readContents(root: string, wanted: Wanted): Promise<Buffer | undefined> {
  const { inventory, known, places, signal } = wanted;
  const hashes = Buffer.allocUnsafeSlow(places.length * hashBytes);
  const reader = new ContentReader(root, signal);
  let index = 0;
  for (const name of inventory.names) {
    const place = places[index] ?? unknown;
    if (place === unknown) {
      const kind = kindOf(inventory, index);
      const facts = inventory.facts.subarray(index * factsPerFile, (index + 1) * factsPerFile);
      const read = await reader.hash(name, { kind, facts });
      if (read === undefined) return undefined;
      hashes.write(read, index * hashBytes, 'hex');
    } else known?.hashes.copy(hashes, index * hashBytes, place * hashBytes, (place + 1) * hashBytes);
    index += 1;
  }
  return hashes;
}

/** So many bytes are read before somebody else has a turn. */
const bytesInTurn = 4 * 1024 * 1024;

interface Listed {
  readonly kind: Kind;
  /** As {@link Inventory} has them of each file. */
  readonly facts: BigInt64Array;
}

/** Reads files one by one through the same piece of memory. */
class ContentReader {
  readonly #signal: AbortSignal;
  readonly #pathOf: (name: string) => string | Buffer;
  readonly #buffer = Buffer.allocUnsafeSlow(1024 * 1024);
  #read = 0;

  constructor(root: string, signal: AbortSignal) {
    this.#pathOf = pathIn(root);
    this.#signal = signal;
  }

  /** `undefined` where it is not what it was. */
  async hash(name: string, { kind, facts }: Listed): Promise<string | undefined> {
    const path = this.#pathOf(name);
    try {
      if (kind === 'file') return await this.#hashFile(path, facts);
      if (kind !== 'link') return undefined;
      const target = readlinkSync(path, 'buffer');
      return isAs(lstatSync(path, { bigint: true }), facts) ? hashAtOnce('sha256', target) : undefined;
    } catch (error) {
      if (error instanceof Error && 'code' in error && otherThing.has(error.code)) return undefined;
      throw error;
    }
  }

  async #hashFile(path: string | Buffer, facts: BigInt64Array): Promise<string | undefined> {
    // A pipe that has taken its place would wait for somebody who writes.
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const content = await this.#hashContent(file, facts[0] ?? 0n);
      // The time of change cannot be set back: what is as it was now, was so all the time.
      return isAs(fstatSync(file, { bigint: true }), facts) ? content : undefined;
    } finally {
      closeSync(file);
    }
  }

  async #hashContent(file: number, size: bigint): Promise<string> {
    let count = await this.#readFrom(file);
    // For many small files, an object for each would be most of the work.
    if (BigInt(count) === size) return hashAtOnce('sha256', this.#buffer.subarray(0, count));
    const hash = createHash('sha256');
    for (; count > 0; count = await this.#readFrom(file)) hash.update(this.#buffer.subarray(0, count));
    return hash.digest('hex');
  }

  async #readFrom(file: number): Promise<number> {
    if (this.#read > bytesInTurn) {
      this.#read = 0;
      await turn();
      this.#signal.throwIfAborted();
    }
    const count = readSync(file, this.#buffer);
    // What is small takes its time, too.
    this.#read += count + 16_384;
    return count;
  }
}

/** It is gone, or what has taken its place, or that of a directory above it, is no file. */
const otherThing: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EISDIR', 'EINVAL']);

function pathIn(root: string): (name: string) => string | Buffer {
  const prefix = root === '/' ? root : `${root}/`;
  return (name) =>
    name.includes('\\#') ? Buffer.concat([Buffer.from(prefix), unescapeName(name)]) : `${prefix}${name}`;
}

function isAs({ size, mtimeNs, ctimeNs, ino }: BigIntStats, facts: BigInt64Array): boolean {
  return size === facts[0] && mtimeNs === facts[1] && ctimeNs === facts[2] && ino === facts[3];
}
