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
  const { jobs: queue } = await cluster.observe({ scope: 'all', extra: usualExtras, signal });
  const wanted = wantedJobs(request.jobIds);
  const jobs =
    request.jobIds.length > 0
      ? queue.filter((row) => wanted.idsOf(row).length > 0)
      : await own(context, request, queue);
  return {
    jobs: jobs.map((job) => ({ job, jobsAhead: job.state.status === 'PENDING' ? countJobsAhead(job, queue) : 0 })),
    absent: wanted.absentFrom(queue),
  };
}

async function own(
  context: AppContext,
  { target }: WaitingRequest,
  queue: readonly JobObservation[],
): Promise<readonly JobObservation[]> {
  const { user } = await (await context.cluster(target)).identity(context.signal);
  return queue.filter((row) => row.user === user && row.state.status === 'PENDING');
}
