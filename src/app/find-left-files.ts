import { NotFoundError, UsageError } from '../core/errors.ts';
import { parseJobId } from '../core/slurm/job-id.ts';
import { type FileListing, listFiles } from '../shell/list-files.ts';
import { storedScript } from '../store/scripts.ts';
import { type AppContext, openAll, type TargetName } from './app-context.ts';
import { logsOf, type WantedFile } from './files-of-job.ts';
import { findHistory, type HistoryName } from './find-history.ts';
import { createEntries, type HistoryEntry } from './history-entry.ts';
import { inOneTurn } from './in-one-turn.ts';
import { isImported, naturalTarget, takeInFound } from './refresh-runs.ts';
import { collectWanted } from './wanted-files.ts';

export interface LeftRequest extends HistoryName {
  /** Relative to the job's working directory. */
  readonly paths: readonly string[];
}

/** What a job or run has left, where its target is. */
export interface LeftFiles {
  readonly wanted: readonly WantedFile[];
  readonly listing: FileListing;
  readonly first: HistoryEntry;
  /** Of the directory of the copies. */
  readonly name: string;
}

/**
 * Looks at what is known here while runs of others are looked for: to another machine, each is a round trip. Where there is news, it is
 * looked for again.
 */
export async function findLeftFiles(context: AppContext, request: LeftRequest): Promise<LeftFiles> {
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

async function isInHistory(context: AppContext, request: LeftRequest): Promise<boolean> {
  try {
    return (await findHistory(context, request)).length > 0;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof UsageError) return false;
    throw error;
  }
}

async function lookThere(context: AppContext, request: LeftRequest): Promise<LeftFiles> {
  const store = await context.store();
  const rows = await findHistory(context, request);
  const entries = createEntries(rows, { store, now: context.now(), isStale: () => false });
  const task = parseJobId(request.word)?.task;
  const index = task?.kind === 'index' ? task.index : undefined;
  const [first] = entries;
  if (first === undefined) throw new NotFoundError('the run has no jobs', { code: 'get.nothing' });
  const wanted = collectWanted(entries, {
    paths: request.paths,
    logs: (entry) => logsOf(entry, { script: storedScript(store, entry)?.text ?? '', task: index }),
  });
  const isJob = entries.length === 1 && parseJobId(request.word) !== undefined;
  const shell = context.shell(first.target as TargetName);
  const listing = await listFiles({ shell, signal: context.signal }, wanted);
  return { wanted, listing, first, name: isJob ? (first.jobId ?? first.runId) : first.runId };
}
