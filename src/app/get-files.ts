import { posix, resolve } from 'node:path';
import { NotFoundError, SrunxError, UsageError } from '../core/errors.ts';
import { parseJobId } from '../core/slurm/job-id.ts';
import { copyLink, fetchFile } from '../shell/fetch-file.ts';
import { type FoundFile, listFiles } from '../shell/list-files.ts';
import { storedScript } from '../store/scripts.ts';
import { type AppContext, openAll, type TargetName } from './app-context.ts';
import { logsOf, pathsOf, receiptOf, type WantedFile } from './files-of-job.ts';
import { findHistory, type HistoryName } from './find-history.ts';
import { createEntries, type HistoryEntry } from './history-entry.ts';
import { inOneTurn } from './in-one-turn.ts';
import { isImported, naturalTarget, takeInFound } from './refresh-runs.ts';

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
  const { first, wanted, found, name } = await findFiles(context, request);
  const to = resolve(context.cwd, request.to ?? `srunx-${name}`);
  const shell = context.shell(first.target as TargetName);
  const parts = wanted.flatMap((item): readonly (FetchChoice | GotFile)[] => {
    const ofItem = found.get(item) ?? [];
    if (ofItem.length === 0) return item.isOptional ? [] : [missing(item, first.final)];
    return ofItem.map((part) => ({ item, part, to, force: request.force }));
  });
  const files: GotFile[] = [];
  for (const some of turnsOf(parts)) {
    context.signal.throwIfAborted();
    files.push(...(await inOneTurn(some.map(async (one) => ('outcome' in one ? one : fetchOne(one))))));
  }
  return { to, files };

  async function fetchOne({ item, part, ...how }: FetchChoice): Promise<GotFile> {
    const path = destinationOf({ item, part, ...how });
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

/** So many bytes are fetched in one turn, and so many files: each turn is a round trip to another machine. */
const bytesOfTurn = 4 * 1024 * 1024;
const filesOfTurn = 50;

/** In their order. Two that are to lie in one place come one after the other. */
function* turnsOf(parts: readonly (FetchChoice | GotFile)[]): Generator<readonly (FetchChoice | GotFile)[]> {
  let turn: (FetchChoice | GotFile)[] = [];
  let bytes = 0;
  const places = new Set<string>();
  for (const one of parts) {
    const size = 'outcome' in one ? 0 : one.part.bytes;
    const place = 'outcome' in one ? '' : destinationOf(one);
    if (turn.length === filesOfTurn || bytes + size > bytesOfTurn || places.has(place)) {
      yield turn;
      [turn, bytes] = [[], 0];
      places.clear();
    }
    turn.push(one);
    bytes += size;
    if (place !== '') places.add(place);
  }
  yield turn;
}

function destinationOf({ item, part, to }: FetchChoice): string {
  return posix.join(to, item.destination, part.below);
}

interface FilesThere {
  readonly wanted: readonly WantedFile[];
  readonly found: ReadonlyMap<FoundFile['request'], readonly FoundFile[]>;
  readonly first: HistoryEntry;
  /** Of the directory of the copies. */
  readonly name: string;
}

/**
 * Looks at what is known here while runs of others are looked for: to another machine, each is a round trip. Where there is news, it is
 * looked for again.
 */
async function findFiles(context: AppContext, request: GetRequest): Promise<FilesThere> {
  // A path is known when what lies there was read.
  const isKnown = !/^\.{0,2}\//.test(request.word) && (await isInHistory(context, request));
  const ready = isKnown && isImported(context) ? openAll(context, naturalTarget(context)) : Promise.resolve();
  const look = async () => {
    // Whoever takes in says why not.
    await ready.catch(() => undefined);
    return lookThere(context, request);
  };
  const [{ isNews }, there] = await inOneTurn([takeInFound(context, ready), isKnown ? look() : undefined]);
  return there === undefined || isNews ? lookThere(context, request) : there;
}

async function isInHistory(context: AppContext, request: GetRequest): Promise<boolean> {
  try {
    return (await findHistory(context, request)).length > 0;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof UsageError) return false;
    throw error;
  }
}

async function lookThere(context: AppContext, request: GetRequest): Promise<FilesThere> {
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
  const isJob = entries.length === 1 && parseJobId(request.word) !== undefined;
  const shell = context.shell(first.target as TargetName);
  const found = Map.groupBy(await listFiles({ shell, signal: context.signal }, wanted), (file) => file.request);
  return { wanted, found, first, name: isJob ? (first.jobId ?? first.runId) : first.runId };
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
