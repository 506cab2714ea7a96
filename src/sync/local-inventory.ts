import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { StorageError } from '../core/errors.ts';
import type { RsyncCapabilities } from '../core/sync/rsync-capabilities.ts';
import { displayName } from '../core/sync/rsync-names.ts';
import { parseItem, parseLink } from '../core/sync/rsync-output.ts';
import { amidPattern, partialDirectory } from '../core/sync/rsync-words.ts';
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
      ...(capabilities.options.has('--partial-dir') ? [`--partial-dir=${partialDirectory}`] : []),
      ...[amidPattern, ...excludes].map((pattern) => `--exclude=${pattern}`),
      ...filters.map((rule) => `--filter=${rule}`),
      ...['--', `${source.replace(/\/$/, '')}/`, `${empty}/`],
    ];
    const { returncode, stdout, stderr } = await runRsync({ argv: [program, ...words], env, signal });
    const isVanished = returncode === vanishedCode;
    if (returncode !== 0 && !isVanished) throw notListed(source, `${stderr.trim()} (exit code ${returncode})`);
    const { isWhole, warnings, ...found } = readInventory(stdout, isMarked);
    const vanished = isVanished ? ['some files vanished while they were listed'] : [];
    return { ...found, isWhole: isWhole && !isVanished, warnings: [...warnings, ...vanished] };
  } finally {
    await rm(empty, { recursive: true, force: true });
  }
}

const vanishedCode = 24;

function readInventory(stdout: string, isMarked: boolean): LocalInventory {
  const paths: string[] = [];
  const blank: string[] = [];
  const directories: string[] = [];
  const warnings: string[] = [];
  let isWhole = true;
  for (const line of stdout.split('\n')) {
    const item = parseItem(line);
    if (item?.kind !== 'changed') continue;
    // A directory has one more slash behind it.
    const marked = isMarked ? item.name.slice(0, item.name.indexOf('//')) : item.name.replace(/\/$/, '');
    if (item.type === 'directory' && marked !== '.') directories.push(marked);
    if (item.type !== 'file' && item.type !== 'link') continue;
    const name = item.type === 'link' && !isMarked ? parseLink(marked) : marked;
    // Of a deletion, the blanks at its beginning are not known: the two could not be compared.
    if (name === undefined) isWhole = false;
    else (/^\s/.test(name) ? blank : paths).push(name);
    if (name === undefined || /^\s/.test(name))
      warnings.push(`${displayName(marked)} cannot be kept track of: rename it`);
  }
  return {
    paths,
    blank,
    directories,
    emptyDirectories: leavesOf(directories, [...paths, ...blank]),
    isWhole,
    warnings,
  };
}

function leavesOf(directories: readonly string[], paths: readonly string[]): readonly string[] {
  const parents = new Set([...directories, ...paths].map((name) => name.slice(0, Math.max(0, name.lastIndexOf('/')))));
  return directories.filter((name) => !parents.has(name));
}

function notListed(directory: string, detail: string): StorageError {
  return new StorageError(`the files of ${directory} cannot be listed`, {
    code: 'sync.inventory',
    detail,
    hint: 'Check the directory and its permissions.',
  });
}
