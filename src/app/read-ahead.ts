import type { Cluster } from '../cluster/cluster.ts';
import { parseJobId } from '../core/slurm/job-id.ts';
import type { FileChunk } from '../shell/shell.ts';
import type { AppContext } from './app-context.ts';
import type { LogsRequest } from './find-logs.ts';
import { logPaths, namesRelease } from './log-paths.ts';
import { firstLook, type ReadLog } from './log-start.ts';
import { type RecordedJob, recordedJob } from './recorded-job.ts';
import { isRemote } from './target-name.ts';

/** The end of what will be the log, unless the cluster says otherwise. */
export interface ReadAhead {
  /** Where that is the path, once: what is read later is read anew. */
  readonly take: (path: string) => ReturnType<ReadLog> | undefined;
}

/**
 * Begins to read the log of one job on another machine where it was recorded, so that this and the question about the job are one turn.
 * Nothing of what is read is shown where the job turns out to have another log.
 */
export async function readAhead(
  context: AppContext,
  { target, jobIds, records, isFresh, tasks, cluster }: LogsRequest & { readonly cluster: Cluster },
): Promise<ReadAhead | undefined> {
  const [jobId = '', ...more] = jobIds;
  if (!isRemote(target) || more.length > 0 || isFresh === true || tasks !== undefined) return undefined;
  const record = records === undefined ? await recordedJob(context, { target, jobId }) : records.get(jobId);
  const path = pathOf(record, { target, jobId });
  if (path === undefined) return undefined;
  const chunk = cluster.readLog({ path, ...firstLook, signal: context.signal });
  // Whoever waits for it hears of a failure.
  chunk.catch(() => undefined);
  let left: typeof chunk | undefined = chunk;
  return {
    take(wanted) {
      const taken = wanted === path ? left : undefined;
      if (taken !== undefined) left = undefined;
      return taken;
    },
  };
}

function pathOf(
  record: RecordedJob | undefined,
  { target, jobId }: { readonly target: string; readonly jobId: string },
): string | undefined {
  const { observation: row, log } = record ?? {};
  const isPlain = parseJobId(jobId)?.task === undefined && log?.isArray === false;
  if (row === undefined || record === undefined || !isPlain || namesRelease(log?.pattern ?? '')) return undefined;
  return logPaths({ target, jobId }, { row, record, slurmVersion: undefined }).stdout;
}

/**
 * Reads through what is there already: once what was read ahead, and behind a search from the end, what that has read. What is appended
 * later is read as it is then.
 */
export function readThrough(read: ReadLog, ahead: () => ReturnType<ReadLog> | undefined): ReadLog {
  let found: FileChunk | undefined;
  return async (at) => {
    const known = found === undefined ? undefined : partOf(found, at);
    found = undefined;
    if (known !== undefined) return known;
    const isFirstLook = at.offset === firstLook.offset && at.maxBytes === firstLook.maxBytes;
    const chunk = await ((isFirstLook ? ahead() : undefined) ?? read(at));
    if (at.offset < 0) found = chunk;
    return chunk;
  };
}

function partOf(chunk: FileChunk, { offset, maxBytes }: Parameters<ReadLog>[0]): FileChunk | undefined {
  const from = offset - chunk.offset;
  const isThere = offset >= 0 && from >= 0 && from <= chunk.bytes.length;
  const isWhole = chunk.offset + chunk.bytes.length >= chunk.size;
  return isThere && isWhole ? { ...chunk, offset, bytes: chunk.bytes.subarray(from, from + maxBytes) } : undefined;
}
