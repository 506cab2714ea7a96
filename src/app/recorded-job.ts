import { StorageError } from '../core/errors.ts';
import { parseJobId } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { DescribedJob } from '../engine/describe-run.ts';
import { readStoredRun } from '../engine/run-description.ts';
import { jobsByJobId } from '../store/jobs.ts';
import { findRun } from '../store/runs.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { logOfTries } from './log-of-tries.ts';

/** What srunx wrote down about a job of its own. */
export interface RecordedJob {
  readonly name: string;
  readonly token: string;
  /** Epoch ms of the record, shortly before the submission. */
  readonly createdAt: number;
  readonly log: DescribedJob['log'];
  /** Of an array of a workflow: its indices. */
  readonly array?: string | undefined;
  /** As it was seen last; an array's tasks are rolled up into one. */
  readonly observation: JobObservation | undefined;
}

/** The newest job with this id that was submitted to the target from here; nothing where the store cannot be read. */
export async function recordedJob(
  context: AppContext,
  { target, jobId }: { readonly target: TargetName; readonly jobId: string },
): Promise<RecordedJob | undefined> {
  const base = parseJobId(jobId)?.base ?? jobId;
  try {
    const store = await context.store();
    for (const { runId, ordinal, name, token, observation, firstJobId } of jobsByJobId(store, base)) {
      const run = findRun(store, runId);
      // Another cluster may have given the same number.
      if (run?.target !== target) continue;
      const described = readStoredRun(run.plan).jobs[ordinal];
      return { name, token, observation, createdAt: run.createdAt, log: logOfTries(described?.log, firstJobId) };
    }
    return undefined;
  } catch (error) {
    // A full, locked or damaged store must not keep anybody from reading a log: the cluster knows most of it.
    if (error instanceof StorageError) return undefined;
    throw error;
  }
}

/** The clocks of this machine and of the controller may differ. */
const clockSkewMs = 600_000;

/**
 * Whether a row is about the recorded job: ids are used again after a database reset. The controller shows the token; the
 * accounting may not, but it has the time of the submission.
 */
export function isRecorded(
  record: Pick<RecordedJob, 'token' | 'createdAt'>,
  row: Pick<JobObservation, 'comment' | 'source' | 'submitTime'>,
): boolean {
  const token = /srunx:([\w.-]+)\s*$/.exec(row.comment ?? '')?.[1];
  if (token !== undefined) return token === record.token;
  if (row.source === 'controller') return false;
  return row.submitTime === undefined || Math.abs(row.submitTime * 1000 - record.createdAt) < clockSkewMs;
}
