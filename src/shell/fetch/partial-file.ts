import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { StorageError } from '../../core/errors.ts';
import { parentOf } from '../disk.ts';
import type { FileFacts } from '../list-files.ts';
import { randomHex } from '../random-bytes.ts';

/** Where a file is to lie in the end, and what it is then like. */
export interface Placing {
  readonly destination: Buffer;
  readonly mode: number;
  /** Epoch seconds. */
  readonly modifiedAt: number;
  /** Whether another file may be in its place. */
  readonly overwrite: boolean;
}

/** `exists`: something else is in its place. */
export type Placed = 'copied' | 'exists';

/** A source as it was at one moment. */
export interface SourceIdentity {
  readonly path: Buffer;
  readonly facts: FileFacts;
}

/** The beginning of a file, beside the place where the whole is to be. Its name says of which file, as it was at which moment. */
export function partialPath(destination: Buffer, { path, facts }: SourceIdentity): Buffer {
  const identity = JSON.stringify([path.toString('base64'), facts.bytes, facts.modifiedAt, facts.fileId]);
  return beside(destination, `${prefixFor(destination)}${digestOf(identity, 16)}.part`);
}

/** How much of it is there. */
export async function partialLength(path: Buffer): Promise<number> {
  const there = await lstat(path).catch(ifMissing);
  return there?.isFile() === true ? there.size : 0;
}

/**
 * Whoever writes to it writes the bytes of the same source to the same places: where several processes do so at the same time, each
 * of them has the whole in the end, and whoever is first puts it in its place.
 */
export class PartialFile {
  readonly #path: Buffer;
  readonly #file: FileHandle;
  #length: number;

  private constructor(path: Buffer, opened: { readonly file: FileHandle; readonly length: number }) {
    this.#path = path;
    this.#file = opened.file;
    this.#length = opened.length;
  }

  static async open(path: Buffer): Promise<PartialFile> {
    try {
      return new PartialFile(path, await openPartial(path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EACCES' && code !== 'ELOOP') throw error;
      // It was about to be put in its place; or is no file.
      await rm(path, { force: true });
      return new PartialFile(path, await openPartial(path));
    }
  }

  get length(): number {
    return this.#length;
  }

  /** SHA-256 of all that is there. */
  async digest(signal: AbortSignal): Promise<string> {
    const hash = createHash('sha256');
    if (this.#length === 0) return hash.digest('hex');
    const words = { start: 0, end: this.#length - 1, autoClose: false, highWaterMark: 1024 * 1024, signal };
    for await (const chunk of this.#file.createReadStream(words)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  }

  /** What comes next is its beginning. Nothing is taken away: another process may write the same to the same place. */
  restart(): void {
    this.#length = 0;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#length);
      at += bytesWritten;
      this.#length += bytesWritten;
    }
  }

  /** All of it is there: it is put in its place, and lasts. */
  async finish(placing: Placing): Promise<Placed> {
    if ((await this.#file.stat()).size > this.#length) await this.#file.truncate(this.#length);
    await this.#file.chmod(placing.mode);
    await this.#file.utimes(placing.modifiedAt, placing.modifiedAt);
    await this.#file.sync();
    return place(this.#path, await this.#file.stat(), placing);
  }

  async discard(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

async function openPartial(path: Buffer): Promise<{ readonly file: FileHandle; readonly length: number }> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  return { file, length: (await file.stat()).size };
}

/** Writes a file that is whole already. It appears whole or not at all. */
export async function writeWhole(content: Uint8Array, placing: Placing): Promise<Placed> {
  const { destination, mode, modifiedAt } = placing;
  const temporary = beside(destination, `${prefixFor(destination)}${randomHex(8)}.tmp`);
  let placed: Placed | undefined;
  try {
    await using file = await open(temporary, 'wx', 0o600);
    await file.writeFile(content);
    await file.chmod(mode);
    await file.utimes(modifiedAt, modifiedAt);
    placed = await place(temporary, await file.stat(), placing);
    return placed;
  } finally {
    if (placed !== 'copied') await rm(temporary, { force: true });
  }
}

async function place(path: Buffer, facts: Stats, { destination, overwrite }: Placing): Promise<Placed> {
  const there = await lstat(destination).catch(ifMissing);
  if (there !== undefined && isAlike(there, facts)) {
    // Another process was faster.
    if (!isOne(there, facts)) await rm(path, { force: true });
    return 'copied';
  }
  if (there !== undefined && !overwrite) return 'exists';
  try {
    await rename(path, destination);
    return 'copied';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const now = await lstat(destination).catch(ifMissing);
    if (now !== undefined && isAlike(now, facts)) return 'copied';
    throw new StorageError(`${destination} was taken away before it was whole`, {
      code: 'get.partial_gone',
      hint: 'Run the command again, once no other copies to the same directory.',
    });
  }
}

function isOne(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

function isAlike(one: Stats, other: Stats): boolean {
  return isOne(one, other) || (one.isFile() && one.size === other.size && one.mtimeMs === other.mtimeMs);
}

/** What is left of those who came to no end. */
export class Leftovers {
  readonly #names = new Map<string, Promise<readonly string[]>>();
  readonly #now: () => number;

  /** @param now epoch ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Removes the beginnings of other sources of that file, and those of its own that are not `kept`. */
  async remove(destination: Buffer, kept: Buffer | undefined): Promise<void> {
    const prefix = prefixFor(destination);
    for (const name of await this.#leftIn(parentOf(destination))) {
      const path = beside(destination, name);
      if (!name.startsWith(prefix) || (kept !== undefined && path.equals(kept))) continue;
      if (name.endsWith('.part') || (await this.#isOld(path))) await rm(path, { force: true });
    }
  }

  #leftIn(directory: Buffer): Promise<readonly string[]> {
    const key = directory.toString('latin1');
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const names = readdir(directory).then(
      (all) => all.filter((name) => leftover.test(name)),
      () => [],
    );
    this.#names.set(key, names);
    return names;
  }

  /** Another process may be writing it: that takes a moment. */
  async #isOld(path: Buffer): Promise<boolean> {
    const there = await lstat(path).catch(ifMissing);
    return there !== undefined && there.mtimeMs < this.#now() - 600_000 && there.ctimeMs < this.#now() - 600_000;
  }
}

const leftover = /^\.srunx-[0-9a-f]{12}-[0-9a-f]{16}\.(part|tmp)$/;

/** Short, so that it fits where the name of the file itself is as long as names may be. */
function prefixFor(destination: Buffer): string {
  return `.srunx-${digestOf(Buffer.from(basename(destination.toString('latin1')), 'latin1'), 12)}-`;
}

function beside(destination: Buffer, name: string): Buffer {
  return Buffer.concat([parentOf(destination), Buffer.from(`/${name}`)]);
}

function digestOf(content: string | Buffer, digits: number): string {
  return createHash('sha256').update(content).digest('hex').slice(0, digits);
}

export function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
