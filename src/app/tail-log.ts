import type { Cluster } from '../cluster/cluster.ts';
import { ConnectionError } from '../core/errors.ts';
import type { FileChunk } from '../shell/shell.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { exitCodeOfJob } from './exit-code-of-job.ts';
import { findLog, type JobLog } from './find-log.ts';
import { presumeEnd } from './job-changes.ts';
import { takeTurn } from './take-turn.ts';

const chunkBytes = 1024 * 1024;
const newline = 0x0a;

export interface TailRequest {
  readonly target: TargetName;
  readonly jobId: string;
  /** How many lines from the end; `undefined`: everything. */
  readonly lines: number | undefined;
  readonly follow: boolean;
  readonly intervalMs: number;
}

export type TailEvent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** The file was emptied or replaced (a requeue): it goes on from its beginning. */
  | { readonly kind: 'restarted' }
  | { readonly kind: 'waiting'; readonly status: string; readonly reason: string | undefined }
  /** The cluster does not answer; the log is still read. */
  | { readonly kind: 'silent'; readonly message: string }
  /** There is no log, and nobody follows. */
  | { readonly kind: 'missing'; readonly path: string; readonly status: string }
  | { readonly kind: 'ended'; readonly status: string; readonly exitCode: number };

/**
 * The end of a log and, when following, what is appended, at exact byte offsets: the next read starts where the bytes
 * received ended, so nothing is skipped or repeated. Ends once the job has ended and two reads brought nothing.
 */
export async function* tailLog(context: AppContext, request: TailRequest): AsyncGenerator<TailEvent> {
  const cluster = await context.cluster(request.target);
  let log = await findLog(context, request);
  const pauseMs = cluster.kind === 'embedded' ? 100 : 5_000;
  const watch = createJobWatch(context, request, { log, pauseMs });
  let position = await startOf(cluster, { path: log.path, lines: request.lines, signal: context.signal });
  if (position === undefined && !request.follow) {
    return void (yield { kind: 'missing', path: log.path, status: log.job?.state.status ?? 'UNKNOWN' });
  }
  let emptyReads = 0;
  for (;;) {
    const chunk = await readFrom(cluster, { path: log.path, offset: position?.offset ?? 0, signal: context.signal });
    if (chunk !== undefined && position !== undefined && hasRestarted(chunk, position)) {
      position = { offset: 0, fileId: chunk.fileId };
      yield { kind: 'restarted' };
      continue;
    }
    if (chunk !== undefined && chunk.bytes.length > 0) {
      position = { offset: chunk.offset + chunk.bytes.length, fileId: chunk.fileId };
      emptyReads = 0;
      yield { kind: 'bytes', bytes: chunk.bytes };
      if (position.offset < chunk.size) continue;
    } else emptyReads += 1;
    if (!request.follow) return;
    const { event, log: current } = await watch();
    // While nothing was read the path may still change: of a waiting task neither its raw id nor its node is known.
    if (position === undefined) log = current;
    if (event?.kind === 'ended' && emptyReads >= 2) return void (yield event);
    if (event?.kind === 'waiting' || event?.kind === 'silent') yield event;
    await context.sleep(event?.kind === 'ended' ? 50 : request.intervalMs);
  }
}

interface Position {
  readonly offset: number;
  readonly fileId: string;
}

function hasRestarted(chunk: FileChunk, position: Position): boolean {
  return chunk.fileId !== position.fileId || chunk.size < position.offset;
}

interface Place {
  readonly path: string;
  readonly signal: AbortSignal;
}

function readFrom(cluster: Cluster, place: Place & { readonly offset: number }): Promise<FileChunk | undefined> {
  return cluster.readLog({ ...place, maxBytes: chunkBytes });
}

/** Where the last lines begin: reads backwards from the end in growing pieces, so a huge log costs little. */
async function startOf(
  cluster: Cluster,
  { lines, ...place }: Place & { readonly lines: number | undefined },
): Promise<Position | undefined> {
  for (let bytes = 16 * 1024; ; bytes *= 8) {
    const chunk = await cluster.readLog({ ...place, offset: lines === undefined ? 0 : -bytes, maxBytes: bytes });
    if (chunk === undefined) return undefined;
    if (lines === undefined) return { offset: 0, fileId: chunk.fileId };
    const start = lastLinesStart(chunk.bytes, lines);
    if (start > 0 || chunk.offset === 0) return { offset: chunk.offset + start, fileId: chunk.fileId };
  }
}

/** Index of the first byte of the last `count` lines; 0 when there are not that many. */
export function lastLinesStart(bytes: Uint8Array, count: number): number {
  let index = bytes.length;
  if (bytes[index - 1] === newline) index -= 1;
  for (let found = 0; index > 0; index -= 1) {
    if (bytes[index - 1] === newline && ++found === count) return index;
  }
  return 0;
}

interface Watched {
  readonly event: TailEvent | undefined;
  readonly log: JobLog;
}

/** Asks for the job's state, but not more often than every five seconds: reading the log is free, asking Slurm is not. */
function createJobWatch(
  context: AppContext,
  request: TailRequest,
  first: { readonly log: JobLog; readonly pauseMs: number },
): () => Promise<Watched> {
  const { pauseMs } = first;
  let { log } = first;
  let askedAt = context.now();
  let said: string | undefined;
  return async () => {
    if (context.now() - askedAt >= pauseMs && eventOf(log)?.kind !== 'ended') {
      askedAt = context.now();
      log = await lookAgain(context, request, log);
    }
    const event = eventOf(log);
    const words = JSON.stringify(event);
    const isNews = words !== said || event?.kind === 'ended';
    said = words;
    return { event: isNews ? event : undefined, log };
  };
}

/** A cluster that is silent for a while ends nothing: the log goes on. */
async function lookAgain(context: AppContext, request: TailRequest, log: JobLog): Promise<JobLog> {
  try {
    await takeTurn(context, request.target);
    const now = await findLog(context, request);
    // Of a waiting task that is cancelled, no trace stays.
    const isGone = now.job === undefined && log.job?.state.status === 'PENDING';
    return isGone && log.job !== undefined ? { ...now, job: presumeEnd(log.job, { couldHaveRun: false }) } : now;
  } catch (error) {
    if (error instanceof ConnectionError) return { ...log, problem: error.message };
    throw error;
  }
}

/** A job that the controller does not know has ended, whatever else is known of it. */
function eventOf({ job, problem }: JobLog): TailEvent | undefined {
  if (problem !== undefined) return { kind: 'silent', message: problem };
  if (job === undefined) return { kind: 'ended', status: 'UNKNOWN', exitCode: 1 };
  const { status, terminal } = job.state;
  if (terminal) return { kind: 'ended', status, exitCode: exitCodeOfJob([job]) };
  return status === 'PENDING' ? { kind: 'waiting', status, reason: job.reason } : undefined;
}
