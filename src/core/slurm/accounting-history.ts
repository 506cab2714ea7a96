import type { JobObservation } from './job-observation.ts';
import { findRows, type TrackedJob } from './observation-index.ts';

/** Finds what the accounting says of a submission. */
export interface AccountingHistory {
  /** The last attempt of every task; of each id all records are needed, requeued attempts and earlier bearers included. */
  rowsOf(job: TrackedJob): readonly JobObservation[];
}

/**
 * The accounting has one record per id and time of submission, and a requeue makes a new one. So a record belongs to a job if
 * its time of submission is the one that the controller showed, or if it continues such a record: the one before ended by being
 * requeued at that very time. Every other record is of a job that has had the id before or got it later.
 */
export function indexAccounting(records: readonly JobObservation[]): AccountingHistory {
  const find = findRows(records);
  return {
    rowsOf(job) {
      const byTask = Map.groupBy(find(job.jobId), ({ jobId }) => jobId);
      return [...byTask.values()].flatMap((attempts) => lastAttempt(attempts, job) ?? []);
    },
  };
}

/** Seconds between the end of a requeued attempt and the submission of the next, as the accounting writes them. */
const requeueSeconds = 60;

function lastAttempt(records: readonly JobObservation[], job: TrackedJob): JobObservation | undefined {
  const { known, notBefore } = job;
  const attempts = [...records].sort((a, b) => submitTimeOf(a) - submitTimeOf(b));
  let last = attempts.find((record) =>
    known?.submitTime === undefined ? submitTimeOf(record) >= notBefore : record.submitTime === known.submitTime,
  );
  // The accounting does not count restarts (before 24.11).
  let restarts = Math.max(known?.restarts ?? 0, last?.restarts ?? 0);
  for (const next of attempts) {
    if (last === undefined || !continues(next, last)) continue;
    last = next;
    restarts += 1;
  }
  return last === undefined ? undefined : { ...last, restarts };
}

function continues(next: JobObservation, last: JobObservation): boolean {
  const wasRequeued = last.state.phase === 'requeued' || requeuedAfter.has(last.state.failureKind ?? '');
  // An attempt that was requeued has ended, but its job has not: no end is known of it.
  const end = last.endTime ?? (last.startTime ?? Number.POSITIVE_INFINITY) + (last.elapsedSeconds ?? 0);
  const delay = submitTimeOf(next) - end;
  return wasRequeued && delay >= 0 && delay <= requeueSeconds && next.name === last.name;
}

/** Slurm requeues by itself after these. */
const requeuedAfter: ReadonlySet<string> = new Set(['preempted', 'node_fail', 'boot_fail']);

function submitTimeOf({ submitTime }: JobObservation): number {
  return submitTime ?? Number.POSITIVE_INFINITY;
}
