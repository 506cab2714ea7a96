import { UsageError } from '../core/errors.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { countJobsAhead } from '../core/slurm/jobs-ahead.ts';
import { usualExtras } from '../core/slurm/squeue-extras.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { wantedJobs } from './wanted-jobs.ts';

export interface WaitingRequest {
  readonly target: TargetName;
  /** Empty: all of our own that wait. */
  readonly jobIds: readonly string[];
}

export interface WaitingJob {
  readonly job: JobObservation;
  readonly jobsAhead: number;
}

export interface WaitingJobs {
  /** Jobs that are named and wait no longer are in it too. */
  readonly jobs: readonly WaitingJob[];
  /** Ids that no row is about. */
  readonly absent: readonly string[];
}

/** Waiting jobs and their place in the queue: the whole queue, with one question, because others' jobs stand in it. */
export async function listWaiting(context: AppContext, request: WaitingRequest): Promise<WaitingJobs> {
  const cluster = await context.cluster(request.target);
  if (cluster.kind !== 'slurm') {
    throw new UsageError('the embedded runner has no priorities and expects no times', {
      code: 'usage.embedded',
      hint: '`srunx squeue --embedded` and `srunx show --embedded` say why a job waits.',
    });
  }
  const { signal } = context;
  // Together: to another machine, each is a round trip.
  const [{ jobs: queue }, user] = await Promise.all([
    cluster.observe({ scope: 'all', extra: usualExtras, signal }),
    request.jobIds.length > 0 ? undefined : cluster.identity(signal).then((identity) => identity.user),
  ]);
  const wanted = wantedJobs(request.jobIds);
  const isWanted = (row: JobObservation) =>
    user === undefined ? wanted.idsOf(row).length > 0 : row.user === user && row.state.status === 'PENDING';
  const jobs = queue.filter(isWanted);
  return {
    jobs: jobs.map((job) => ({ job, jobsAhead: job.state.status === 'PENDING' ? countJobsAhead(job, queue) : 0 })),
    absent: wanted.absentFrom(queue),
  };
}
