import { posix, resolve } from 'node:path';
import { NotFoundError, SrunxError } from '../core/errors.ts';
import { parseJobId } from '../core/slurm/job-id.ts';
import { copyLink, fetchFile } from '../shell/fetch-file.ts';
import { type FoundFile, listFiles } from '../shell/list-files.ts';
import { storedScript } from '../store/scripts.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { logsOf, pathsOf, receiptOf, type WantedFile } from './files-of-job.ts';
import { findHistory, type HistoryName } from './find-history.ts';
import { createEntries, type HistoryEntry } from './history-entry.ts';
import { importFoundRuns } from './refresh-runs.ts';

export interface GetRequest extends HistoryName {
  /** Relative to the job's working directory. */
  readonly paths: readonly string[];
  /** As the person named it; `undefined`: one of its own for each job or run. */
  readonly to: string | undefined;
  readonly force: boolean;
}

/** `exists`: another file is in its place. `skipped`: a link or a device, of which there can be no copy. */
export type GetOutcome = 'copied' | 'unchanged' | 'exists' | 'missing' | 'failed' | 'skipped';

export interface GotFile {
  readonly job: string;
  readonly kind: WantedFile['kind'];
  readonly source: string;
  /** Absolute; `undefined` where there is nothing. */
  readonly path: string | undefined;
  readonly bytes: number;
  readonly outcome: GetOutcome;
  readonly message: string | undefined;
}

export interface GotFiles {
  /** Absolute. */
  readonly to: string;
  readonly files: readonly GotFile[];
}

/** Brings what a job or run has left to this machine: logs, receipts, and the paths that were named. */
export async function getFiles(context: AppContext, request: GetRequest): Promise<GotFiles> {
  await importFoundRuns(context);
  const store = await context.store();
  const rows = await findHistory(context, request);
  const entries = createEntries(rows, { store, now: context.now(), isStale: () => false });
  const task = parseJobId(request.word)?.task;
  const index = task?.kind === 'index' ? task.index : undefined;
  const [first] = entries;
  if (first === undefined) throw new NotFoundError('the run has no jobs', { code: 'get.nothing' });
  const wanted = collect(entries, {
    paths: request.paths,
    logs: (entry) => logsOf(entry, { script: storedScript(store, entry)?.text ?? '', task: index }),
  });
  const name =
    entries.length === 1 && parseJobId(request.word) !== undefined ? (first.jobId ?? first.runId) : first.runId;
  const to = resolve(context.cwd, request.to ?? `srunx-${name}`);
  const shell = context.shell(first.target as TargetName);
  const found = Map.groupBy(await listFiles({ shell, signal: context.signal }, wanted), (file) => file.request);
  const files: GotFile[] = [];
  for (const item of wanted) {
    const parts = found.get(item) ?? [];
    if (parts.length === 0 && !item.isOptional) files.push(missing(item, first.final));
    for (const part of parts) {
      context.signal.throwIfAborted();
      files.push(await fetchOne({ item, part, to, force: request.force }));
    }
  }
  return { to, files };

  async function fetchOne({ item, part, ...how }: FetchChoice): Promise<GotFile> {
    const path = posix.join(how.to, item.destination, part.below);
    const facts = { job: item.job, kind: item.kind, source: part.path, path, bytes: part.bytes };
    if (isInside(part.path, how.to) && !isInside(item.path, how.to)) {
      return { ...facts, outcome: 'skipped', message: 'it is a copy itself' };
    }
    if (part.type === 'other') return { ...facts, outcome: 'skipped', message: 'no regular file' };
    if (part.type === 'link' && !staysInside(part)) {
      return { ...facts, outcome: 'skipped', message: `a symbolic link to ${part.linkTo}, outside of what is copied` };
    }
    try {
      const { mode, modifiedAt } = part;
      const copy = { source: part.path, destination: path, mode, modifiedAt, overwrite: how.force };
      const outcome =
        part.type === 'link'
          ? await copyLink({ ...copy, linkTo: part.linkTo })
          : await fetchFile(shell, { ...copy, signal: context.signal });
      if (outcome === 'vanished')
        return { ...facts, outcome: 'missing', message: 'it vanished or was replaced meanwhile' };
      const message = outcome === 'exists' ? 'another file is there already' : undefined;
      return { ...facts, outcome, message };
    } catch (error) {
      if (!(error instanceof SrunxError)) throw error;
      return { ...facts, outcome: 'failed', message: [error.message, error.detail].filter(Boolean).join(': ') };
    }
  }
}

function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory.replace(/\/$/, '')}/`);
}

/** A link that leads to another part of the same directory leads there in the copy, too. */
function staysInside({ below, linkTo }: FoundFile): boolean {
  if (below === '' || linkTo.startsWith('/')) return false;
  return !posix.join(posix.dirname(below), linkTo).startsWith('..');
}

interface FetchChoice {
  readonly item: WantedFile;
  readonly part: FoundFile;
  readonly to: string;
  readonly force: boolean;
}

interface Collection {
  readonly paths: readonly string[];
  readonly logs: (entry: HistoryEntry) => readonly WantedFile[];
}

/** Each job of a run has a directory of its own; a path that several of them share comes once. */
function collect(entries: readonly HistoryEntry[], { paths, logs }: Collection): readonly WantedFile[] {
  const isRun = entries.length > 1;
  const wanted = new Map<string, WantedFile>();
  const add = (item: WantedFile, folder: string) => {
    const key = `${item.path}\0${item.pattern ?? ''}`;
    if (!wanted.has(key)) wanted.set(key, { ...item, destination: posix.join(folder, item.destination) });
  };
  const workDirs = new Set(entries.map((entry) => entry.plan().job?.log?.workDir));
  for (const entry of entries) {
    const folder = isRun ? entry.name.replaceAll('/', '_') : '.';
    for (const item of [...logs(entry), ...receiptOf(entry)]) add(item, folder);
    for (const item of pathsOf(entry, paths)) add(item, workDirs.size === 1 ? '.' : folder);
  }
  return [...wanted.values()];
}

function missing({ job, kind, path, pattern }: WantedFile, isFinal: boolean): GotFile {
  const source = pattern === undefined ? path : posix.join(path, pattern);
  const message = isFinal ? 'there is no such file' : 'there is no such file yet';
  return { job, kind, source, path: undefined, bytes: 0, outcome: 'missing', message };
}
