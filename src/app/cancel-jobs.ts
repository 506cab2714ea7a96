import type { CancelResult } from '../cluster/cluster.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { narrowJobId } from '../core/slurm/narrow-job-id.ts';
import type { AppContext } from './app-context.ts';
import { isNarrowed, listQueue, noSlurmWords, type QueueFilter } from './list-queue.ts';
import { wantedJobs } from './wanted-jobs.ts';

export type { CancelResult };

export interface CancelSelection extends QueueFilter {
  readonly signalName?: string | undefined;
  /** Words of the user's for Slurm's scancel. */
  readonly scancelWords?: readonly string[] | undefined;
  /** Only to be shown, not executed: the rows are wanted for plain ids too. */
  readonly preview: boolean;
}

export interface CancelPlan {
  /** What a filter matched, or, where asked for, what is known of the ids. */
  readonly jobs: readonly JobObservation[];
  /** What will be cancelled, as ids: perhaps only a part of a row of unstarted tasks. */
  readonly jobIds: readonly string[];
  /** A filter matched several jobs, or jobs of other people. */
  readonly needsConfirmation: boolean;
  execute(jobIds: readonly string[]): Promise<readonly CancelResult[]>;
}

/** What a cancellation would hit. Ids alone are taken at their word; a filter is resolved to ids first, and narrows ids that stand beside it. */
export async function planCancel(context: AppContext, selection: CancelSelection): Promise<CancelPlan> {
  const cluster = await context.cluster(selection.target);
  const { signalName, scancelWords: words = [], jobIds } = selection;
  if (words.length > 0 && cluster.kind !== 'slurm') throw noSlurmWords(selection.target);
  // By ids alone: of an id with tasks beside `--state`, scancel forgets the tasks and takes the whole array (22.05).
  const execute: CancelPlan['execute'] = (ids) =>
    cluster.cancel({ jobIds: ids, signalName, words, signal: context.signal });
  const filtered = isNarrowed(selection);
  if (!filtered) {
    const jobs = selection.preview ? await listQueue(context, { ...selection, states: ['ALL'] }) : [];
    const alive = jobs.filter(({ state }) => !state.terminal);
    return { jobs: hits(alive, jobIds), jobIds, needsConfirmation: false, execute };
  }
  const jobs = hits(await listQueue(context, selection), jobIds);
  const { user } = await cluster.identity(context.signal);
  return {
    jobs,
    jobIds: [...new Set(jobs.map(({ jobId }) => jobId))],
    needsConfirmation: jobs.length > 1 || jobs.some((job) => job.user !== undefined && job.user !== user),
    execute,
  };
}

/** The rows, each cut down to the tasks that the ids name. */
function hits(rows: readonly JobObservation[], jobIds: readonly string[]): readonly JobObservation[] {
  if (jobIds.length === 0) return rows;
  const wanted = wantedJobs(jobIds);
  return rows.flatMap((row) => {
    const ids = new Set(wanted.idsOf(row).map((id) => narrowJobId(row, id)));
    return [...ids].map((jobId) => ({ ...row, jobId }));
  });
}
