import { ConnectionError, TimeoutError } from '../core/errors.ts';
import { gpuTotal } from '../core/slurm/gpu-table.ts';
import { formatJobId, rangesOf } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { AppContext } from './app-context.ts';
import { endsOfJobs } from './ends-of-jobs.ts';
import { keyOf, presumeEnd, vanishedRows } from './job-changes.ts';
import { byId, keepsJob, observeQueue, type QueueFilter } from './list-queue.ts';

export interface QueueLook {
  /** Epoch milliseconds before the cluster was asked. */
  readonly takenAt: number;
  /** What the filter keeps, oldest first. */
  readonly jobs: readonly JobObservation[];
  /** Of the look before, what it does not keep any more, as it is now: nearly always because it has ended. */
  readonly left: readonly JobObservation[];
  /** Absent where the cluster has none, or did not say. */
  readonly gpus: GpuUse | undefined;
}

/** Of the whole cluster. What is free is on nodes that take jobs. */
export interface GpuUse {
  readonly total: number;
  readonly used: number;
  readonly free: number;
}

/** So many ends are looked up in the accounting at once; after hours without a look it could be thousands, which nobody reads. */
const mostEnds = 500;

/**
 * Looks at the queue again and again. A look is one question about all jobs, and one about nodes where the cluster has GPUs;
 * the accounting is only asked for jobs that have gone without a trace.
 */
export function createQueueLooks(context: AppContext, filter: QueueFilter): () => Promise<QueueLook> {
  const askGpus = createGpuQuestion(context, filter);
  let before: ReadonlyMap<string, JobObservation> = new Map();
  let lookedAt = 0;
  return async () => {
    // Both to their end, whatever becomes of the other: a look that failed leaves no question behind.
    const [snapshot, gpus] = await Promise.allSettled([observeQueue(context, filter), askGpus()]);
    if (snapshot.status === 'rejected') throw snapshot.reason;
    if (gpus.status === 'rejected') throw gpus.reason;
    const { takenAt, jobs: rows } = snapshot.value;
    const jobs = rows.filter((row) => keepsJob(filter, row)).sort(byId);
    const kept = new Map(jobs.map((row) => [keyOf(row), row]));
    const changed = rows.filter((row) => before.has(keyOf(row)) && !kept.has(keyOf(row)));
    const vanished = vanishedRows(before, rows).slice(0, mostEnds);
    const ended = await endsOf(context, { filter, vanished, gapMs: takenAt - lookedAt });
    before = kept;
    lookedAt = takenAt;
    return { takenAt, jobs, left: [...changed, ...foldTasks(ended)], gpus: gpus.value };
  };
}

interface Ends {
  readonly filter: QueueFilter;
  readonly vanished: readonly JobObservation[];
  readonly gapMs: number;
}

/** An accounting that does not answer is no reason to show nothing. */
async function endsOf(context: AppContext, { filter, vanished, gapMs }: Ends): Promise<readonly JobObservation[]> {
  try {
    return await endsOfJobs(context, { target: filter.target, vanished, gapMs });
  } catch (error) {
    if (!isSilence(error)) throw error;
    return vanished.map((row) => presumeEnd(row, { couldHaveRun: true }));
  }
}

/** A cluster that has no GPUs is not asked again. */
function createGpuQuestion(context: AppContext, { target }: QueueFilter): () => Promise<GpuUse | undefined> {
  let hasNone = false;
  return async () => {
    if (hasNone) return undefined;
    try {
      const cluster = await context.cluster(target);
      const { total, used, free } = gpuTotal(await cluster.inventory({ signal: context.signal }), []);
      hasNone = total === 0;
      return hasNone ? undefined : { total, used, free };
    } catch (error) {
      // What is wrong with the cluster, the question about jobs says.
      if (!isSilence(error)) throw error;
      return undefined;
    }
  };
}

/** Of unstarted tasks that were cancelled no row stays: they go as they were shown, in one row, not in hundreds. */
function foldTasks(rows: readonly JobObservation[]): readonly JobObservation[] {
  const groups = Map.groupBy(rows, ({ jobId, arrayJobId, state }) =>
    arrayJobId === undefined ? jobId : `${arrayJobId} ${state.raw}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first?.arrayJobId === undefined || group.length === 1) return group;
    const ranges = rangesOf(group.map(({ arrayTask }) => Number(arrayTask)));
    const task = { kind: 'set', set: { ranges, truncated: false } } as const;
    return [{ ...first, jobId: formatJobId({ base: first.arrayJobId, task }) }];
  });
}

function isSilence(error: unknown): boolean {
  return error instanceof ConnectionError || error instanceof TimeoutError;
}
