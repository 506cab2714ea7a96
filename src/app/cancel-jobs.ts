import type { CancelResult } from '../cluster/cluster.ts';
import type { AppContext } from './app-context.ts';
import { noSlurmWords } from './list-queue.ts';
import { type JobSelection, type SelectedJobs, selectJobs } from './select-jobs.ts';

export type { CancelResult };

export interface CancelSelection extends JobSelection {
  readonly signalName?: string | undefined;
  /** Words of the user's for Slurm's scancel. */
  readonly scancelWords?: readonly string[] | undefined;
}

export interface CancelPlan extends SelectedJobs {
  execute(jobIds: readonly string[]): Promise<readonly CancelResult[]>;
}

/** What a cancellation would hit, and how to carry it out. */
export async function planCancel(context: AppContext, selection: CancelSelection): Promise<CancelPlan> {
  const cluster = await context.cluster(selection.target);
  const { signalName, scancelWords: words = [] } = selection;
  if (words.length > 0 && cluster.kind !== 'slurm') throw noSlurmWords(selection.target);
  return {
    ...(await selectJobs(context, selection)),
    // By ids alone: of an id with tasks beside `--state`, scancel forgets the tasks and takes the whole array (22.05).
    execute: (jobIds) => cluster.cancel({ jobIds, signalName, words, signal: context.signal }),
  };
}
