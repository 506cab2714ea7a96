import { ConnectionError, SrunxError, StorageError } from '../../core/errors.ts';
import { parentOf } from '../disk.ts';
import { fileError } from '../file-error.ts';
import type { FoundFile } from '../list-files.ts';
import type { Shell } from '../shell.ts';
import { copyLink } from './copy-link.ts';
import { fetchLarge, type LargeOutcome } from './fetch-large.ts';
import { InnerDirectories } from './inner-directories.ts';
import { Leftovers, partialPath, writeWhole } from './partial-file.ts';
import { readPack } from './read-pack.ts';
import { ifUnwritable } from './require-writable.ts';

export interface FileToFetch {
  readonly source: FoundFile;
  /** Absolute, byte for byte. */
  readonly destination: Buffer;
}

export interface FetchOptions {
  /** Nothing is written outside of it. */
  readonly root: string;
  /** Whether other files may be in the place of the copies. */
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
  /** Epoch ms. */
  readonly now: () => number;
  /** Bytes as they come; negative where they have to come again. */
  readonly onBytes: (bytes: number) => void;
  readonly onEnd: (file: FileToFetch, outcome: LargeOutcome | SrunxError) => void;
}

/** What is smaller goes with others in one execution, and is not kept where it is not whole. */
export const largeBytes = 4 * 1024 * 1024;

const packBytes = 32 * 1024 * 1024;
const packFiles = 2_000;

/** While one waits for its answer, others receive theirs. */
const atOnce = 3;
const writesAtOnce = 8;

/**
 * Copies files to this machine. Each appears whole or not at all. Ends early with what has ended it: a connection that is lost, a disk
 * that is full; of what has come to an end by then, and of nothing else, `onEnd` has heard.
 */
export async function fetchFiles(
  shell: Pick<Shell, 'run' | 'stream' | 'name'>,
  files: readonly FileToFetch[],
  options: FetchOptions,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const fetcher = new Fetcher(shell, { ...options, signal });
  const works = worksOf(files);
  const work = async () => {
    for (let next = works.shift(); next !== undefined; next = works.shift()) {
      try {
        await fetcher.fetch(next);
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    }
  };
  await Promise.allSettled(Array.from({ length: atOnce }, work));
  signal.throwIfAborted();
}

/** A list of one is a large one, or a link. */
function worksOf(files: readonly FileToFetch[]): FileToFetch[][] {
  const works: FileToFetch[][] = [];
  let pack: FileToFetch[] = [];
  let bytes = 0;
  for (const file of files) {
    if (!isSmall(file)) {
      works.push([file]);
      continue;
    }
    if (pack.length === 0 || pack.length >= packFiles || bytes + sizeOf(file) > packBytes) {
      pack = [];
      bytes = 0;
      works.push(pack);
    }
    pack.push(file);
    bytes += sizeOf(file);
  }
  return works;
}

function isSmall({ source }: FileToFetch): boolean {
  return source.type === 'file' && source.facts.bytes < largeBytes;
}

function sizeOf({ source }: FileToFetch): number {
  return source.facts.bytes;
}

class Fetcher {
  readonly #shell: Pick<Shell, 'run' | 'stream' | 'name'>;
  readonly #options: FetchOptions;
  readonly #directories: InnerDirectories;
  readonly #leftovers: Leftovers;

  constructor(shell: Pick<Shell, 'run' | 'stream' | 'name'>, options: FetchOptions) {
    this.#shell = shell;
    this.#options = options;
    this.#directories = new InnerDirectories(options.root);
    this.#leftovers = new Leftovers(options.now);
  }

  async fetch(files: readonly FileToFetch[]): Promise<void> {
    const [first] = files;
    if (first === undefined) return;
    if (!isSmall(first)) return this.#end(first, () => this.#fetchOne(first));
    const { signal, onBytes } = this.#options;
    const wanted = files.map(({ source }) => ({ path: source.raw.path, facts: source.facts }));
    const read = await readPack(this.#shell, wanted, { signal, onBytes });
    await inTurn(files, async (file) => {
      const packed = read.get(file.source.raw.path);
      if (packed === undefined) return this.#end(file, () => this.#fetchOne(file));
      await this.#end(file, async () => {
        const placed = await this.#write(file, packed);
        return placed === 'copied' && packed.grew ? 'grew' : placed;
      });
    });
  }

  async #write(
    { source, destination }: FileToFetch,
    { content, modifiedAt }: { readonly content: Buffer; readonly modifiedAt: number },
  ): Promise<LargeOutcome> {
    await this.#directories.make(parentOf(destination));
    await this.#leftovers.remove(destination, undefined);
    const { overwrite } = this.#options;
    return writeWhole(content, { destination, mode: source.mode, modifiedAt, overwrite });
  }

  async #fetchOne({ source, destination }: FileToFetch): Promise<LargeOutcome> {
    const { overwrite, signal, onBytes } = this.#options;
    const { raw, facts, mode, below } = source;
    await this.#directories.make(parentOf(destination));
    if (source.type === 'link') return copyLink({ destination, linkTo: raw.linkTo, overwrite });
    await this.#leftovers.remove(destination, partialPath(destination, { path: raw.path, facts }));
    let came = 0;
    const count = (bytes: number | undefined) => {
      onBytes(bytes ?? -came);
      came = bytes === undefined ? 0 : came + bytes;
    };
    const file = { path: raw.path, facts, follow: below === '' };
    return fetchLarge(this.#shell, file, { destination, mode, overwrite, signal, onBytes: count });
  }

  /** Of one file alone is only what has nothing to do with the others. */
  async #end(file: FileToFetch, work: () => Promise<LargeOutcome>): Promise<void> {
    const { signal, onEnd } = this.#options;
    try {
      onEnd(file, await work());
    } catch (error) {
      signal.throwIfAborted();
      const path = file.destination.toString();
      const problem =
        error instanceof SrunxError ? error : fileError(error, { path, shell: 'this machine', ifUnwritable });
      if (!(problem instanceof SrunxError) || endsAll(problem)) throw problem;
      onEnd(file, problem);
    }
  }
}

/** Some at a time. */
async function inTurn(files: readonly FileToFetch[], work: (file: FileToFetch) => Promise<void>): Promise<void> {
  const waiting = files[Symbol.iterator]();
  const next = async () => {
    for (const file of waiting) await work(file);
  };
  await Promise.all(Array.from({ length: writesAtOnce }, next));
}

function endsAll(problem: SrunxError): boolean {
  return problem instanceof ConnectionError || (problem instanceof StorageError && problem.code === 'file.no_space');
}
