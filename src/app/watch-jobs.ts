import { assertNever, ConnectionError, NotFoundError, TimeoutError } from '../core/errors.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { endsOfJobs } from './ends-of-jobs.ts';
import { changesOf, type JobChange, keyOf, vanishedRows } from './job-changes.ts';
import { pauseBeforeLook } from './pause-before-look.ts';
import { recordedJob } from './recorded-job.ts';
import { takeTurn } from './take-turn.ts';
import { type WantedJobs, wantedJobs } from './wanted-jobs.ts';

export type { JobChange };

export const watchEnds = ['running', 'done', 'any'] as const;

/** All have started, all have ended, or the first has ended. */
export type WatchEnd = (typeof watchEnds)[number];

export interface WatchRequest {
  readonly target: TargetName;
  readonly jobIds: readonly string[];
  /** Instead of ids: all jobs that have not ended when the watch begins, of this account or of everybody. */
  readonly scope?: 'me' | 'all' | undefined;
  /** With a scope: only jobs with these names. */
  readonly names?: readonly string[] | undefined;
  readonly intervalSeconds: number | undefined;
  readonly timeoutSeconds: number | undefined;
  /** When the watch is over; without it, when all have ended. */
  readonly until?: WatchEnd | undefined;
  /** Over as soon as one has failed or reached its time limit. */
  readonly failFast?: boolean | undefined;
  /** Gets all that is known of the watched jobs, after each look. */
  readonly onLook?: ((rows: readonly JobObservation[]) => void) | undefined;
  /** Told when the cluster does not answer. The watch goes on. */
  readonly onSilence?: ((message: string) => void) | undefined;
}

/** A job that was never seen is missed for this long before it counts as unknown: a submission may still be on its way. */
const graceMs = 1_500;

/** Every change of the jobs, from first sight to the end that was asked for; one question to the cluster per look, whatever their number. */
export async function* watchJobs(context: AppContext, request: WatchRequest): AsyncGenerator<JobChange> {
  const cluster = await context.cluster(request.target);
  const startedAt = context.now();
  const watch = createWatch(context, request);
  for (let looks = 1, quietLooks = 0; ; looks += 1, quietLooks += 1) {
    const changes = await watch.look();
    if (changes.length > 0) quietLooks = 0;
    request.onLook?.(watch.rows());
    yield* changes;
    const missing = watch.missing();
    if (missing.length === 0 && isWatchOver(watch.rows(), request)) return;
    if (missing.length > 0 && context.now() - startedAt > graceMs) throw unknownJobs(missing, request.target);
    const { intervalSeconds } = request;
    const usualMs = await pauseBeforeLook(context, { cluster, intervalSeconds, looks, quietLooks });
    const pauseMs = missing.length > 0 ? Math.min(usualMs, graceMs) : usualMs;
    await pause(context, { pauseMs, startedAt, request });
    await takeTurn(context, request.target);
  }
}

/** Whether the watch has seen what it waits for. Where there is nothing to watch, there is nothing to wait for. */
export function isWatchOver(
  rows: readonly Pick<JobObservation, 'state'>[],
  { until = 'done', failFast = false }: Pick<WatchRequest, 'until' | 'failFast'>,
): boolean {
  const failed = rows.some(({ state }) => state.terminal && (state.status === 'FAILED' || state.status === 'TIMEOUT'));
  if ((failFast && failed) || rows.length === 0) return true;
  switch (until) {
    case 'done':
      return rows.every(({ state }) => state.terminal);
    case 'any':
      return rows.some(({ state }) => state.terminal);
    case 'running':
      // What ended has started as well, or never will.
      return rows.every(({ state }) => state.terminal || state.status === 'RUNNING');
    default:
      return assertNever(until);
  }
}

interface Watch {
  look(): Promise<readonly JobChange[]>;
  /** Wanted ids of which nothing has been seen. */
  missing(): readonly string[];
  /** What was seen last of each job; those that ended included. */
  rows(): readonly JobObservation[];
}

function createWatch(context: AppContext, request: WatchRequest): Watch {
  const seen = new Map<string, JobObservation>();
  const look = createLook(context, request);
  let wanted: WantedJobs | undefined = request.scope === undefined ? wantedJobs(request.jobIds) : undefined;
  let lookedAt = context.now();
  let isSilent = false;
  const absent = (rows: readonly JobObservation[]) => wanted?.absentFrom([...rows, ...seen.values()]) ?? [];
  const take = async (): Promise<readonly JobChange[]> => {
    const at = context.now();
    const all = await look(absent);
    const jobs = wanted ?? wantedJobs(chosen(all, request));
    wanted = jobs;
    const current = all.filter((row) => jobs.idsOf(row).length > 0);
    const vanished = vanishedRows(seen, current);
    const ended = await endsOfJobs(context, { target: request.target, vanished, gapMs: at - lookedAt });
    const rows = [...current, ...ended];
    const changes = changesOf(seen, rows, at);
    for (const [key, row] of seen) if (!row.state.terminal) seen.delete(key);
    for (const row of rows) seen.set(keyOf(row), row);
    lookedAt = at;
    return changes;
  };
  return {
    async look() {
      try {
        const changes = await take();
        isSilent = false;
        return changes;
      } catch (error) {
        // Nothing was ever seen: then it is no silence, but a cluster that is not there.
        if (!(error instanceof ConnectionError) || wanted === undefined || seen.size === 0) throw error;
        if (!isSilent) request.onSilence?.(error.message);
        isSilent = true;
        return [];
      }
    },
    missing: () => absent([]),
    rows: () => [...seen.values()],
  };
}

/** Own jobs first; only where others' jobs are wanted, the whole table, from then on every time; then the accounting. */
function createLook(
  context: AppContext,
  request: WatchRequest,
): (absent: (rows: readonly JobObservation[]) => readonly string[]) => Promise<readonly JobObservation[]> {
  const { target } = request;
  const { signal } = context;
  let scope: 'me' | 'all' = request.scope ?? 'me';
  return async (absent) => {
    const cluster = await context.cluster(target);
    let { jobs } = await cluster.observe({ scope, signal });
    let unseen = absent(jobs);
    if (unseen.length > 0 && scope === 'me') {
      jobs = (await cluster.observe({ scope: 'all', signal })).jobs;
      const left = absent(jobs);
      if (left.length < unseen.length) scope = 'all';
      unseen = left;
    }
    if (unseen.length === 0) return jobs;
    const records = await cluster.accounting({ jobIds: unseen, since: 0, signal });
    const remembered: JobObservation[] = [];
    for (const jobId of absent([...jobs, ...records])) {
      const observation = (await recordedJob(context, { target, jobId }))?.observation;
      if (observation?.state.terminal === true) remembered.push(observation);
    }
    return [...jobs, ...records, ...remembered];
  };
}

function chosen(rows: readonly JobObservation[], { names = [] }: WatchRequest): string[] {
  const open = rows.filter(({ state, name }) => !state.terminal && (names.length === 0 || names.includes(name)));
  return [...new Set(open.map(({ jobId, arrayJobId }) => arrayJobId ?? jobId))];
}

const notYet: Readonly<Record<WatchEnd, string>> = {
  running: 'not all jobs had started',
  done: 'not all jobs had ended',
  any: 'no job had ended',
};

async function pause(
  context: AppContext,
  wait: { readonly pauseMs: number; readonly startedAt: number; readonly request: WatchRequest },
): Promise<void> {
  const { pauseMs, startedAt, request } = wait;
  const { timeoutSeconds = Number.POSITIVE_INFINITY, until = 'done' } = request;
  const leftMs = startedAt + timeoutSeconds * 1000 - context.now();
  if (leftMs <= 0) {
    throw new TimeoutError(`${notYet[until]} after ${timeoutSeconds} s`, {
      code: 'watch.timeout',
      hint: 'The jobs go on; watch them again with the same command.',
    });
  }
  await context.sleep(Math.min(pauseMs, leftMs));
}

function unknownJobs(ids: readonly string[], target: TargetName): NotFoundError {
  return new NotFoundError(`${ids.join(', ')}: no such job on ${target}`, {
    code: 'job.not_found',
    hint: 'List jobs with `srunx squeue`.',
  });
}
