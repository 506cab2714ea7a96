import type { Cluster } from '../cluster/cluster.ts';
import { ConnectionError } from '../core/errors.ts';
import type { AppContext } from './app-context.ts';
import { exitCodeOfJob } from './exit-code-of-job.ts';
import { findLogs, type JobLog, type LogsRequest } from './find-logs.ts';
import { presumeEnd } from './job-changes.ts';
import { findLogStart, type LogPosition, type LogStart } from './log-start.ts';
import { type ReadAhead, readAhead, readThrough } from './read-ahead.ts';
import { takeTurn } from './take-turn.ts';

const chunkBytes = 1024 * 1024;

export type LogStream = 'stdout' | 'stderr';

export interface TailRequest extends LogsRequest {
  /** Where a job writes both into one file, that is its standard output, and there is no other. */
  readonly streams: readonly LogStream[];
  readonly start: LogStart;
  readonly follow: boolean;
  readonly intervalMs: number;
}

/** One file that is shown. */
export interface LogSource {
  readonly jobId: string;
  readonly stream: LogStream;
}

export type TailEvent =
  /** All that will be shown, in the order of the request; comes first. */
  | { readonly kind: 'sources'; readonly sources: readonly LogSource[] }
  | { readonly kind: 'bytes'; readonly source: LogSource; readonly bytes: Uint8Array }
  /** The file was emptied or replaced (a requeue): it goes on from its beginning. */
  | { readonly kind: 'restarted'; readonly source: LogSource }
  | {
      readonly kind: 'waiting';
      readonly jobId: string;
      readonly status: string;
      readonly reason: string | undefined;
      /** Epoch seconds: when Slurm expects it to start. */
      readonly startTime: number | undefined;
    }
  /** The cluster does not answer; the logs are still read. */
  | { readonly kind: 'silent'; readonly message: string }
  /** There is no such file, and nobody follows. */
  | { readonly kind: 'missing'; readonly source: LogSource; readonly path: string; readonly status: string }
  | { readonly kind: 'ended'; readonly jobId: string; readonly status: string; readonly exitCode: number };

/**
 * The end of some logs and, when following, what is appended, at exact byte offsets: the next read starts where the bytes
 * received ended, so nothing is skipped or repeated. Over once every job has ended and two reads brought nothing. Whatever the
 * number of logs, the cluster is asked one question, and not more often than every five seconds: reading a log is free,
 * asking Slurm is not.
 */
export async function* tailLogs(context: AppContext, request: TailRequest): AsyncGenerator<TailEvent> {
  const cluster = await context.cluster(request.target);
  const ahead = await readAhead(context, { ...request, cluster });
  const logs = await findLogs(context, request);
  const tails = logs.map((log) => createTail(context, { log, cluster, request, ahead }));
  yield { kind: 'sources', sources: tails.flatMap(({ files }) => files.map(({ source }) => source)) };
  if (!request.follow) {
    for (const tail of tails) yield* tail.showOnce();
    return;
  }
  const problem = logs.find((log) => log.problem !== undefined)?.problem;
  if (problem !== undefined) yield { kind: 'silent', message: problem };
  const watch = createWatch(context, { request, problem, pauseMs: cluster.kind === 'embedded' ? 100 : 5_000 });
  let unread: string | undefined;
  for (let open = tails; open.length > 0; ) {
    const before = unread;
    unread = yield* showAllNews(open);
    if (unread !== undefined && unread !== before) yield { kind: 'silent', message: unread };
    const silence = await watch.look(open);
    if (silence !== undefined) yield { kind: 'silent', message: silence };
    for (const tail of open) yield* tail.reportState();
    open = open.filter((tail) => !tail.isOver());
    const areAllEnded = open.every((tail) => tail.hasEnded());
    if (open.length > 0) await context.sleep(areAllEnded ? 50 : request.intervalMs);
  }
}

/** Returns why they could not be read where the way there is interrupted: then the next read begins where the last one ended. */
async function* showAllNews(tails: readonly JobTail[]): AsyncGenerator<TailEvent, string | undefined> {
  try {
    for (const tail of tails) yield* tail.showNews();
    return undefined;
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    return error.message;
  }
}

/** The logs of one job. */
interface JobTail {
  readonly files: readonly FileTail[];
  readonly log: () => JobLog;
  /** Takes what was found out about the job. */
  readonly take: (log: JobLog) => void;
  readonly showOnce: () => AsyncGenerator<TailEvent>;
  readonly showNews: () => AsyncGenerator<TailEvent>;
  /** What is new of the job's state; its end once nothing more is read. */
  readonly reportState: () => Generator<TailEvent>;
  readonly hasEnded: () => boolean;
  readonly isOver: () => boolean;
}

interface TailFacts {
  readonly log: JobLog;
  readonly cluster: Cluster;
  readonly request: TailRequest;
  readonly ahead: ReadAhead | undefined;
}

function createTail(context: AppContext, { log: first, cluster, request, ahead }: TailFacts): JobTail {
  let log = first;
  let said: string | undefined;
  let isOver = false;
  const { jobId } = first;
  const streams = request.streams.filter((stream) => stream === 'stdout' || first.stderr !== undefined);
  const files = (streams.length === 0 ? (['stdout'] as const) : streams).map((stream) =>
    createFileTail(context, {
      source: { jobId, stream },
      path: () => log[stream] ?? log.stdout,
      hasStarted: () => !hasNeverStarted(log),
      ...{ cluster, request, ahead },
    }),
  );
  const hasEnded = () => log.job === undefined || log.job.state.terminal;
  return {
    files,
    log: () => log,
    take(news) {
      log = news;
      // What it wrote last may have come after the last read.
      for (const file of files) file.expectMore();
    },
    async *showOnce() {
      const status = log.job?.state.status ?? 'UNKNOWN';
      for (const file of files) {
        yield* file.news();
        if (!file.isThere()) yield { kind: 'missing', source: file.source, path: file.path(), status };
      }
    },
    async *showNews() {
      for (const file of files) yield* file.news();
    },
    *reportState() {
      const { job } = log;
      if (hasEnded()) {
        if (!files.every(({ emptyReads }) => emptyReads() >= 2)) return;
        isOver = true;
        const exitCode = job === undefined ? 1 : exitCodeOfJob([job]);
        yield { kind: 'ended', jobId, status: job?.state.status ?? 'UNKNOWN', exitCode };
        return;
      }
      const isWaiting = job?.state.status === 'PENDING';
      const words = isWaiting ? `${job.reason}` : undefined;
      if (isWaiting && words !== said) {
        yield { kind: 'waiting', jobId, status: 'PENDING', reason: job.reason, startTime: job.startTime };
      }
      said = words;
    },
    hasEnded,
    isOver: () => isOver,
  };
}

function hasNeverStarted({ job, problem }: JobLog): boolean {
  return problem === undefined && job?.state.status === 'PENDING' && job.restarts === 0;
}

interface FileTail {
  readonly source: LogSource;
  readonly path: () => string;
  readonly isThere: () => boolean;
  /** Everything that there is to read now. */
  readonly news: () => AsyncGenerator<TailEvent>;
  /** How often in a row there was nothing new. */
  readonly emptyReads: () => number;
  /** Counts them anew. */
  readonly expectMore: () => void;
}

interface FileFacts extends Omit<TailFacts, 'log'> {
  readonly source: LogSource;
  /** While nothing was read it may still change: of a waiting task neither its raw id nor its node is known. */
  readonly path: () => string;
  readonly hasStarted: () => boolean;
}

function createFileTail(
  context: AppContext,
  { source, path, hasStarted, cluster, request, ahead }: FileFacts,
): FileTail {
  let place: string | undefined;
  let position: LogPosition | undefined;
  let emptyReads = 0;
  let foreign: string | undefined;
  // What lay there before the job has started is another's.
  const early = hasStarted() ? ahead : undefined;
  const read = readThrough(
    (at) => cluster.readLog({ path: place ?? path(), ...at, signal: context.signal }),
    () => early?.take(place ?? path()),
  );
  const find = async () => {
    place = path();
    position = await findLogStart(read, request.start);
  };
  /** What lies there before the job has started is another's. It is the job's own from the moment that it changes. */
  const isForeign = async () => {
    if (hasStarted()) return false;
    const chunk = await read({ offset: -1, maxBytes: 1 });
    const state = chunk === undefined ? 'absent' : `${chunk.fileId} ${chunk.size}`;
    foreign ??= state;
    return state === foreign;
  };
  return {
    source,
    path: () => place ?? path(),
    isThere: () => position !== undefined,
    emptyReads: () => emptyReads,
    expectMore() {
      emptyReads = 0;
    },
    async *news() {
      if (position === undefined && !(await isForeign())) await find();
      for (let isFirst = true; position !== undefined; isFirst = false) {
        const chunk = await read({ offset: position.offset, maxBytes: chunkBytes });
        if (chunk === undefined) break;
        if (chunk.fileId !== position.fileId || chunk.size < position.offset) {
          position = { offset: 0, fileId: chunk.fileId };
          yield { kind: 'restarted', source };
          continue;
        }
        if (chunk.bytes.length === 0) {
          if (isFirst) emptyReads += 1;
          return;
        }
        position = { offset: chunk.offset + chunk.bytes.length, fileId: chunk.fileId };
        emptyReads = 0;
        yield { kind: 'bytes', source, bytes: chunk.bytes };
        if (position.offset >= chunk.size) return;
      }
      emptyReads += 1;
    },
  };
}

interface Watch {
  /** Finds out how the jobs stand, where it is time to; the message of a cluster that has fallen silent, once. */
  readonly look: (tails: readonly JobTail[]) => Promise<string | undefined>;
}

function createWatch(
  context: AppContext,
  facts: { readonly request: TailRequest; readonly problem: string | undefined; readonly pauseMs: number },
): Watch {
  const { request, pauseMs } = facts;
  let askedAt = context.now();
  let silence = facts.problem;
  return {
    async look(tails) {
      const alive = tails.filter((tail) => !tail.hasEnded());
      if (alive.length === 0 || context.now() - askedAt < pauseMs) return undefined;
      await takeTurn(context, request.target);
      askedAt = context.now();
      const message = await lookAgain(context, { target: request.target, records: request.records, alive });
      const isNew = message !== silence;
      silence = message;
      return isNew ? message : undefined;
    },
  };
}

/** A cluster that is silent for a while ends nothing: the logs go on. Returns what it is silent about. */
async function lookAgain(
  context: AppContext,
  { target, records, alive }: Pick<TailRequest, 'target' | 'records'> & { readonly alive: readonly JobTail[] },
): Promise<string | undefined> {
  const before = alive.map((tail) => tail.log());
  try {
    const logs = await findLogs(context, { target, records, jobIds: before.map(({ jobId }) => jobId), before });
    const problem = logs.find((log) => log.problem !== undefined)?.problem;
    // What is remembered is older than what was seen.
    if (problem !== undefined) return problem;
    for (const [index, tail] of alive.entries()) {
      const now = logs[index];
      if (now === undefined) continue;
      const { job } = tail.log();
      // Of a waiting task that is cancelled, no trace stays.
      const isGone = now.job === undefined && job?.state.status === 'PENDING';
      tail.take(isGone ? { ...now, job: presumeEnd(job, { couldHaveRun: false }) } : now);
    }
    return undefined;
  } catch (error) {
    if (error instanceof ConnectionError) return error.message;
    throw error;
  }
}
