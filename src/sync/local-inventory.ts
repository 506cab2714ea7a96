import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { StorageError } from '../core/errors.ts';
import type { RsyncCapabilities } from '../core/sync/rsync-capabilities.ts';
import { amidPattern, partialDirectory } from '../core/sync/rsync-words.ts';
import { LineReader } from './line-reader.ts';
import { type ListedNames, Listing } from './listing.ts';
import { runRsync } from './run-rsync.ts';

export interface LocalInventory {
  /** Files and links, relative, with names as rsync escapes them. */
  readonly paths: readonly string[];
  /** Those that begin with a blank: of what rsync says of deletions they cannot be told apart. */
  readonly blank: readonly string[];
  /** All that is here stands in one of these lists. */
  readonly isWhole: boolean;
  /** Without a slash behind them, and without the tree itself. */
  readonly directories: readonly string[];
  /** Directories with none of these in them or below. */
  readonly emptyDirectories: readonly string[];
  /** What is there and cannot be told apart in the output of rsync. */
  readonly warnings: readonly string[];
}

export interface InventoryRequest {
  readonly program: string;
  readonly capabilities: RsyncCapabilities;
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly excludes: readonly string[];
  readonly filters?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a push of the directory would consider, by the patterns of rsync itself. Never a part of it: rejects where rsync fails. */
export async function listLocalFiles(request: InventoryRequest): Promise<LocalInventory> {
  const { names, blankCount, directories, ...found } = await listNames(request);
  const all = [...names];
  const blank = all.splice(all.length - blankCount);
  return { ...found, paths: all, blank, directories: [...directories] };
}

export async function listNames(request: InventoryRequest): Promise<ListedNames> {
  const { program, capabilities, env, excludes, filters = [], signal } = request;
  const source = resolve(request.directory);
  const isDirectory = (await stat(source).catch(() => undefined))?.isDirectory() === true;
  if (!isDirectory) throw notListed(source, 'there is no such directory');
  const empty = await mkdtemp(join(tmpdir(), 'srunx-empty-'));
  // No name has two slashes side by side: where a link leads to, cannot be taken for a part of its name.
  const isMarked = capabilities.options.has('--out-format');
  try {
    const words = [
      ...['-a', '-n', '-i', ...(isMarked ? ['--out-format=%i %n//%L'] : [])],
      // In half the time, and not in pieces.
      ...(capabilities.options.has('--no-inc-recursive') ? ['--no-inc-recursive'] : []),
      ...(capabilities.options.has('--partial-dir') ? [`--partial-dir=${partialDirectory}`] : []),
      ...[amidPattern, ...excludes].map((pattern) => `--exclude=${pattern}`),
      ...filters.map((rule) => `--filter=${rule}`),
      ...['--', `${source.replace(/\/$/, '')}/`, `${empty}/`],
    ];
    const listing = new Listing(isMarked);
    const lines = new LineReader((line) => listing.read(line));
    const output = { onOutput: (chunk: Buffer) => lines.add(chunk) };
    const { returncode, stderr } = await runRsync({ argv: [program, ...words], env, signal, ...output });
    const isVanished = returncode === vanishedCode;
    if (returncode !== 0 && !isVanished) throw notListed(source, `${stderr.trim()} (exit code ${returncode})`);
    lines.end();
    return listing.close(isVanished);
  } finally {
    await rm(empty, { recursive: true, force: true });
  }
}

const vanishedCode = 24;
function notListed(directory: string, detail: string): StorageError {
  return new StorageError(`the files of ${directory} cannot be listed`, {
    code: 'sync.inventory',
    detail,
    hint: 'Check the directory and its permissions.',
  });
}
