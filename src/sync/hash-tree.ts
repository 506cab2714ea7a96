import { createHash, type Hash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { unescapeName } from '../core/sync/rsync-names.ts';
import type { TreeBase } from '../core/sync/snapshot-script.ts';
import { makeDirectory } from '../shell/disk.ts';
import { writeWhole } from '../shell/write-whole.ts';
import { hashOfList } from './name-list.ts';
import type { NameTable } from './name-table.ts';
import { FilesState } from './read-inventory.ts';
import { type Here, keyOf, type SyncJob } from './sync-job.ts';

/** A state of all files of a mount. */
export interface TreeHash {
  /** SHA-256 over the names, kinds, permissions and contents. Who may write a file does not count: in a copy, nobody may. */
  readonly hash: string;
  /** SHA-256 over sizes, times and names, as `stat` says them at the other end. */
  readonly proof: string;
  /** SHA-256 of the list of names that is kept there. */
  readonly listHash: string;
  /** SHA-256 over the sorted hashes of the contents of all files. */
  readonly sums: string;
  /** The state that was hashed before, and what is not as it was in there; absent where that is nearly all. */
  readonly base?: TreeBase<readonly string[]> | undefined;
}

/** `undefined`: a file is not as it was when it was listed. What was read once is not read again while it stays as it is. */
export async function hashTree(job: SyncJob, { inventory, emptyDirectories }: Here): Promise<TreeHash | undefined> {
  const { names, stateHash } = inventory;
  if (stateHash === undefined) return undefined;
  const file = join(job.stateDir, 'sync', `${keyOf(job)}.hashes`);
  const state = hashOf(`${stateHash}\n${emptyDirectories.join('\n')}`);
  const known = recall(file);
  if (known.state === state && known.tree !== undefined) return known.tree;
  const read = await readTree(job.mount.local, { names, known: known.contents, signal: job.signal });
  if (read === undefined || read.stateHash !== stateHash) return undefined;
  const entries = [...read.entries, ...emptyDirectories.map((name) => `${name}\0directory`)].sort();
  const hash = createHash('sha256');
  for (const entry of entries) hash.update(`${entry}\n`);
  const listHash = hashOfList(names);
  const sums = sumsOf(read.contents.filter(isFile));
  const tree = { hash: hash.digest('hex'), proof: read.proof, listHash, sums };
  remember(file, [[state, tree.hash, tree.proof, tree.listHash, tree.sums].join(' '), ...read.contents]);
  return { ...tree, base: baseOf(known, read.contents) };
}

/** Each line is a hash, and facts and name of what has it. */
const contentOf = (line: string) => line.slice(0, 64);
const keyOfLine = (line: string) => line.slice(65);
const nameOf = (line: string) => line.slice(line.indexOf('\t') + 1);
const isFile = (line: string) => line[65] === 'f';

function sumsOf(lines: readonly string[]): string {
  return hashOf(
    lines
      .map((line) => `${contentOf(line)}\n`)
      .sort()
      .join(''),
  );
}

function baseOf({ tree, contents }: Remembered, lines: readonly string[]): TreeHash['base'] {
  if (tree === undefined) return undefined;
  const changed = lines.filter((line) => !contents.has(keyOfLine(line)));
  if (changed.length > lines.length / 2) return undefined;
  const names = new Set(lines.map(nameOf));
  const files = changed.filter(isFile);
  return {
    tree: tree.hash,
    files: files.map(nameOf),
    links: changed.filter((line) => !isFile(line)).map(nameOf),
    removed: [...contents.keys()].map(nameOf).filter((name) => !names.has(name)),
    sums: sumsOf(files),
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

interface Wanted {
  readonly names: NameTable;
  readonly known: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
}

interface ReadTree {
  readonly stateHash: string;
  readonly proof: string;
  readonly entries: readonly string[];
  /** For the next time. */
  readonly contents: readonly string[];
}

/** So many bytes are read before somebody else has a turn. */
const bytesInTurn = 4 * 1024 * 1024;

async function readTree(root: string, { names, known, signal }: Wanted): Promise<ReadTree | undefined> {
  const state = new FilesState(names);
  const proof = createHash('sha256');
  const entries: string[] = [];
  const contents: string[] = [];
  const prefix = Buffer.from(root === '/' ? root : `${root}/`);
  const reader = new ContentReader(signal);
  for (const name of names) {
    const bytes = unescapeName(name);
    const path = Buffer.concat([prefix, bytes]);
    const facts = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (facts === undefined) return undefined;
    const { size, mtimeNs, ctimeNs, ino, mode } = facts;
    state.add(facts);
    proof
      .update(`${size} ${mtimeNs / 1_000_000_000n} `)
      .update(bytes)
      .update('\n');
    if (facts.isSymbolicLink()) {
      const target = createHash('sha256').update(readlinkSync(path, 'buffer')).digest('hex');
      contents.push(`${target} link ${size} ${mtimeNs} ${ctimeNs} ${ino}\t${name}`);
      entries.push(`${name}\0link ${target}`);
      continue;
    }
    const key = `file ${size} ${mtimeNs} ${ctimeNs} ${ino}\t${name}`;
    const content = known.get(key) ?? (await reader.hash(path, facts));
    if (content === undefined) return undefined;
    contents.push(`${content} ${key}`);
    entries.push(`${name}\0file ${(mode & 0o555n).toString(8)} ${content}`);
  }
  return { stateHash: state.hash(), proof: proof.digest('hex'), entries, contents };
}

/** Reads files one by one through the same piece of memory. */
class ContentReader {
  readonly #signal: AbortSignal;
  readonly #buffer = Buffer.allocUnsafe(1024 * 1024);
  #read = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** `undefined` where it is not what it was. */
  async hash(path: Buffer, facts: BigIntStats): Promise<string | undefined> {
    const file = openSync(path, 'r');
    try {
      const hash = createHash('sha256');
      await this.#readInto(hash, file);
      const { size, mtimeNs, ctimeNs, ino } = fstatSync(file, { bigint: true });
      const isSame = size === facts.size && mtimeNs === facts.mtimeNs && ctimeNs === facts.ctimeNs && ino === facts.ino;
      return isSame ? hash.digest('hex') : undefined;
    } finally {
      closeSync(file);
    }
  }

  async #readInto(hash: Hash, file: number): Promise<void> {
    for (;;) {
      const count = readSync(file, this.#buffer);
      // What is small takes its time, too.
      this.#read += count + 16_384;
      if (count > 0) hash.update(this.#buffer.subarray(0, count));
      if (this.#read > bytesInTurn) {
        this.#read = 0;
        await turn();
        this.#signal.throwIfAborted();
      }
      if (count === 0) return;
    }
  }
}

interface Remembered {
  readonly state: string | undefined;
  readonly tree: TreeHash | undefined;
  /** Hashes of contents, by the facts and names of their files. */
  readonly contents: ReadonlyMap<string, string>;
}

function recall(file: string): Remembered {
  const [first = '', ...lines] = readKept(file).split('\n');
  const [state, hash = '', proof = '', listHash = '', sums = ''] = first.split(' ');
  const tree = sums === '' ? undefined : { hash, proof, listHash, sums };
  const contents = new Map(lines.filter(Boolean).map((line) => [keyOfLine(line), contentOf(line)]));
  return { state, tree, contents };
}

function readKept(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function remember(file: string, lines: readonly string[]): void {
  try {
    makeDirectory(dirname(file));
    writeWhole(file, `${lines.join('\n')}\n`);
  } catch {
    // Then everything is read once more.
  }
}
