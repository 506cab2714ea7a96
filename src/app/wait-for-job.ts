import { ConnectionError, exitCodes, TimeoutError } from '../core/errors.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { AppContext } from './app-context.ts';
import { exitCodeOfJob } from './exit-code-of-job.ts';
import { findRecords, findRows } from './find-rows.ts';
import { type FollowRequest, followRun, type RunView } from './follow-run.ts';
import { recordedJob } from './recorded-job.ts';
import { withDeadline } from './with-deadline.ts';

export interface WaitRequest extends FollowRequest {
  readonly jobId: string;
  /** Afterwards it throws a TimeoutError; the job goes on. */
  readonly timeoutSeconds?: number | undefined;
  readonly onView?: ((view: RunView) => void) | undefined;
}

export interface JobEnd {
  readonly status: RunView['run']['status'];
  /** As `sbatch --wait` hands it on. */
  readonly exitCode: number;
  /** The class of the end instead: 0, 4 for a failure, 5 for a cancellation. */
  readonly classCode: number;
}

/** Waits until a job of ours has ended, all its tasks included. */
export async function waitForJob(context: AppContext, request: WaitRequest): Promise<JobEnd> {
  const { jobId, timeoutSeconds: seconds } = request;
  const error = () =>
    new TimeoutError(`job ${jobId} had not ended after ${seconds} s`, {
      code: 'wait.timeout',
      hint: `The job goes on; \`srunx watch jobs ${jobId}\` waits again.`,
    });
  const limited = seconds === undefined ? context : withDeadline(context, { seconds, error });
  let status: JobEnd['status'] = 'unknown';
  for await (const view of followRun(limited, request)) {
    status = view.run.status;
    request.onView?.(view);
  }
  const own = exitCodeOfJob(await endOf(context, request));
  const succeeded = status === 'completed' && own === 0;
  return {
    status,
    exitCode: succeeded ? 0 : Math.max(1, own),
    classCode: succeeded
      ? exitCodes.success
      : status === 'cancelled'
        ? exitCodes.awaitedCancelled
        : exitCodes.awaitedFailed,
  };
}

/** The last row of every task: the controller forgets those of a long array that ended early. */
async function endOf(context: AppContext, request: WaitRequest): Promise<readonly JobObservation[]> {
  const recorded = (await recordedJob(context, request))?.observation;
  const known = new Map<string, JobObservation>();
  for (const find of [findRecords, findRows]) {
    try {
      for (const row of await find(context, request)) known.set(row.jobId, row);
    } catch (error) {
      // One of the two sources is enough for an answer.
      if (!(error instanceof ConnectionError)) throw error;
    }
  }
  return known.size > 0 ? [...known.values()] : recorded === undefined ? [] : [recorded];
}
