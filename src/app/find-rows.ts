import type { JobObservation } from '../core/slurm/job-observation.ts';
import { matchesJobId } from '../core/slurm/match-job-id.ts';
import type { AppContext, TargetName } from './app-context.ts';

/**
 * What the controller shows of a job: all its rows. Our own jobs are the cheap question; only an id that is not among them
 * needs the whole table.
 */
export async function findRows(
  context: AppContext,
  { target, jobId }: { readonly target: TargetName; readonly jobId: string },
): Promise<readonly JobObservation[]> {
  const cluster = await context.cluster(target);
  for (const scope of ['me', 'all'] as const) {
    const { jobs } = await cluster.observe({ scope, signal: context.signal });
    const rows = jobs.filter((job) => matchesJobId(job, jobId));
    if (rows.length > 0) return rows;
  }
  return [];
}

/** The accounting's rows of a job; its record of an array's unstarted tasks as well. */
export async function findRecords(
  context: AppContext,
  { target, jobId }: { readonly target: TargetName; readonly jobId: string },
): Promise<readonly JobObservation[]> {
  const cluster = await context.cluster(target);
  const records = await cluster.accounting({ jobIds: [jobId], since: 0, signal: context.signal });
  return records.filter((job) => matchesJobId(job, jobId));
}
