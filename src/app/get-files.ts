import { posix, resolve } from 'node:path';
import { formatByteSize } from '../core/byte-size.ts';
import { RefusedError, SrunxError } from '../core/errors.ts';
import { type FileToFetch, fetchFiles } from '../shell/fetch/fetch-files.ts';
import { freeBytes, keptBytes } from '../shell/fetch/look-at-copy.ts';
import { requireWritable } from '../shell/fetch/require-writable.ts';
import type { FileListing } from '../shell/list-files.ts';
import type { AppContext, TargetName } from './app-context.ts';
import type { WantedFile } from './files-of-job.ts';
import { findLeftFiles, type LeftRequest } from './find-left-files.ts';
import type { GotFile, GotFiles } from './got-file.ts';
import { isThere, type JudgedCopy, judgeCopy, type PlannedCopy, planCopy, wordsOf } from './judge-copy.ts';

export interface GetRequest extends LeftRequest {
  /** As the person named it; `undefined`: one of its own for each job or run. */
  readonly to: string | undefined;
  readonly force: boolean;
}

/** How far it is. */
export interface GetProgress {
  readonly files: number;
  readonly bytes: number;
}

export interface GetPlan extends GotFiles {
  /** What is still to come. */
  readonly coming: GetProgress;
  /** The disk has no room for it. */
  readonly shortage: RefusedError | undefined;
  /** Copies what is to come. Throws where nothing can be written at all. */
  readonly execute: (onProgress: (progress: GetProgress) => void) => Promise<GotFiles>;
}

/** Finds what a job or run has left: logs, receipts, and the paths that were named; and what of it is not on this machine yet. */
export async function planGet(context: AppContext, request: GetRequest): Promise<GetPlan> {
  const { first, wanted, listing, name } = await findLeftFiles(context, request);
  const to = resolve(context.cwd, request.to ?? `srunx-${name}`);
  const shell = context.shell(first.target as TargetName);
  const { copies, missed } = match(wanted, { listing, to, isFinal: first.final });
  const judged: JudgedCopy[] = [];
  for (const copy of copies) judged.push(await judgeCopy(copy, { to, force: request.force, isRemote: shell.isRemote }));
  const coming = judged.filter(({ file }) => file.outcome === 'would_copy');
  const bytes = coming.reduce((sum, { file, kept }) => sum + file.bytes - kept, 0);
  const files = [...judged.map(({ file }) => file), ...missed];
  const { complaints } = listing;
  return {
    ...{ to, files, complaints, coming: { files: coming.length, bytes } },
    shortage: await shortageOf(to, bytes),
    async execute(onProgress) {
      if (coming.length > 0) await requireWritable(to);
      const result = await fetchAll({ context, shell, coming, to, force: request.force, onProgress });
      return {
        ...{ to, complaints, ended: result.ended },
        files: [...judged.map((one) => result.files.get(one) ?? one.file), ...missed],
      };
    },
  };
}

interface Matching {
  readonly listing: FileListing;
  readonly to: string;
  readonly isFinal: boolean;
}

/** Each file of the copy comes from one place: what was found in several ways, comes once. */
function match(
  wanted: readonly WantedFile[],
  { listing, to, isFinal }: Matching,
): { readonly copies: readonly PlannedCopy[]; readonly missed: readonly GotFile[] } {
  const found = Map.groupBy(listing.files, (file) => file.request);
  const there = new Set([...found.keys()].filter(({ pattern }) => pattern === undefined).map(({ path }) => path));
  const copies = new Map<string, PlannedCopy>();
  const missed: GotFile[] = [];
  for (const item of wanted) {
    if (item.unless !== undefined && there.has(item.unless)) continue;
    const parts = found.get(item) ?? [];
    if (parts.length === 0 && !item.isOptional) missed.push(missing(item, isFinal));
    for (const part of parts) {
      const copy = planCopy(item, part, to);
      const key = copy.destination.toString('latin1');
      const before = copies.get(key);
      if (before === undefined) copies.set(key, copy);
      else if (!before.source.raw.path.equals(part.raw.path)) missed.push(taken(copy));
    }
  }
  return { copies: [...copies.values()], missed };
}

function missing({ job, kind, path, pattern }: WantedFile, isFinal: boolean): GotFile {
  const source = pattern === undefined ? path : posix.join(path, pattern);
  const nothing = pattern === undefined ? 'there is no such file' : 'nothing there fits';
  const message = isFinal ? nothing : `${nothing} yet`;
  return { job, kind, source, path: undefined, bytes: 0, outcome: 'missing', message };
}

function taken({ item, source, destination }: PlannedCopy): GotFile {
  const facts = { job: item.job, kind: item.kind, source: source.path, bytes: source.facts.bytes };
  return { ...facts, path: destination.toString(), outcome: 'exists', message: 'another file is copied there' };
}

async function shortageOf(to: string, bytes: number): Promise<RefusedError | undefined> {
  const free = await freeBytes(to);
  if (free === undefined || bytes <= free) return undefined;
  const sizes = `${formatByteSize(bytes)} would come, and ${formatByteSize(free)} are free`;
  return new RefusedError(`nothing was copied: there is no room for it at ${to}`, {
    code: 'get.no_room',
    detail: sizes,
    hint: 'Free some space, name a directory of another disk with --to, or copy less.',
  });
}

interface Fetching {
  readonly context: AppContext;
  readonly shell: ReturnType<AppContext['shell']>;
  readonly coming: readonly JudgedCopy[];
  readonly to: string;
  readonly force: boolean;
  readonly onProgress: (progress: GetProgress) => void;
}

async function fetchAll({ context, shell, coming, to, force, onProgress }: Fetching): Promise<{
  readonly files: ReadonlyMap<JudgedCopy, GotFile>;
  readonly ended: SrunxError | undefined;
}> {
  const files = new Map<JudgedCopy, GotFile>();
  const progress = { files: 0, bytes: 0 };
  const byFile = new Map<FileToFetch, JudgedCopy>(coming.map((copy) => [copy, copy]));
  try {
    await fetchFiles(shell, coming, {
      ...{ root: to, overwrite: force, signal: context.signal, now: context.now },
      onBytes(bytes) {
        progress.bytes += bytes;
        onProgress(progress);
      },
      onEnd(file, outcome) {
        const copy = byFile.get(file);
        if (copy !== undefined) files.set(copy, { ...copy.file, ...fateOf(outcome) });
        progress.files += 1;
        onProgress(progress);
      },
    });
    return { files, ended: undefined };
  } catch (error) {
    if (context.signal.aborted || !(error instanceof SrunxError)) throw error;
    for (const copy of coming) if (!files.has(copy)) files.set(copy, await leftOver(copy));
    return { files, ended: error };
  }
}

function fateOf(
  outcome: Parameters<Parameters<typeof fetchFiles>[2]['onEnd']>[1],
): Pick<GotFile, 'outcome' | 'message'> {
  if (outcome instanceof SrunxError) return { outcome: 'failed', message: wordsOf(outcome) };
  switch (outcome) {
    case 'copied':
      return { outcome, message: undefined };
    case 'grew':
      return { outcome: 'copied', message: 'it grew meanwhile' };
    case 'exists':
      return { outcome, message: isThere };
    case 'vanished':
      return { outcome: 'missing', message: 'it vanished or was replaced meanwhile' };
  }
}

async function leftOver(copy: JudgedCopy): Promise<GotFile> {
  const kept = await keptBytes(copy);
  const message = kept === 0 ? 'it did not come' : `${formatByteSize(kept)} of it came`;
  return { ...copy.file, outcome: 'failed', message };
}
