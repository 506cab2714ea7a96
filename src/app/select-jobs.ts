import type { JobObservation } from '../core/slurm/job-observation.ts';
import { narrowJobId } from '../core/slurm/narrow-job-id.ts';
import type { AppContext } from './app-context.ts';
import { isNarrowed, listQueue, type QueueFilter } from './list-queue.ts';
import { wantedJobs } from './wanted-jobs.ts';

export interface JobSelection extends QueueFilter {
  /** Only to be shown, not acted on: the rows are wanted for plain ids too. */
  readonly preview: boolean;
  /** Which of the rows that a filter finds the verb can do something about. */
  readonly applies?: ((job: JobObservation) => boolean) | undefined;
}

export interface SelectedJobs {
  /** What a filter matched, or, where asked for, what is known of the ids. */
  readonly jobs: readonly JobObservation[];
  /** What will be acted on, as ids: perhaps only a part of a row of unstarted tasks. */
  readonly jobIds: readonly string[];
  /** A filter matched several jobs, or jobs of other people. */
  readonly needsConfirmation: boolean;
}

/** What a command would hit. Ids alone are taken at their word; a filter is resolved to ids first, and narrows ids that stand beside it. */
export async function selectJobs(context: AppContext, selection: JobSelection): Promise<SelectedJobs> {
  const { jobIds, applies = () => true } = selection;
  if (!isNarrowed(selection)) {
    const jobs = selection.preview ? await listQueue(context, { ...selection, states: ['ALL'] }) : [];
    const alive = jobs.filter(({ state }) => !state.terminal);
    return { jobs: hits(alive, jobIds), jobIds, needsConfirmation: false };
  }
  const cluster = await context.cluster(selection.target);
  const jobs = hits((await listQueue(context, selection)).filter(applies), jobIds);
  const { user } = await cluster.identity(context.signal);
  return {
    jobs,
    jobIds: [...new Set(jobs.map(({ jobId }) => jobId))],
    needsConfirmation: jobs.length > 1 || jobs.some((job) => job.user !== undefined && job.user !== user),
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
