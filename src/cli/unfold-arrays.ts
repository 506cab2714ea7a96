import { expandTaskSet, parseTaskSet } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';

/** One row for each task that has not started, in place of the one that Slurm shows for all of them. */
export function unfoldArrays(jobs: readonly JobObservation[]): readonly JobObservation[] {
  return jobs.flatMap((job) => {
    const { arrayJobId, arrayTask } = job;
    const set = arrayTask === undefined || /^\d+$/.test(arrayTask) ? undefined : parseTaskSet(arrayTask);
    if (set === undefined || arrayJobId === undefined) return [job];
    return expandTaskSet(set).map((index) => ({ ...job, jobId: `${arrayJobId}_${index}`, arrayTask: String(index) }));
  });
}
