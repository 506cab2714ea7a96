import { expandTaskSet, parseJobId } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { type JobState, parseJobState } from '../core/slurm/job-state.ts';

export interface JobChange {
  /** Epoch ms of the look that showed it. */
  readonly at: number;
  readonly jobId: string;
  readonly name: string;
  /** Absent for the first sight of a job. */
  readonly from: JobState['status'] | undefined;
  readonly to: JobState['status'];
  readonly reason: string | undefined;
  /** `to` is final. */
  readonly terminal: boolean;
}

/** What is known of the watched jobs, by the key of each row. */
export type SeenJobs = ReadonlyMap<string, JobObservation>;

/** The unstarted tasks of an array are one row whose id changes with every task that starts: they have one key. */
export function keyOf(row: JobObservation): string {
  return isPendingSet(row) ? `${row.arrayJobId}_[]` : row.jobId;
}

/** What a look brought. A task's past, before it had a row of its own, is that of its array's row. */
export function changesOf(seen: SeenJobs, rows: readonly JobObservation[], at: number): JobChange[] {
  return rows.flatMap((row) => {
    const before =
      seen.get(keyOf(row)) ?? (row.arrayJobId === undefined ? undefined : seen.get(`${row.arrayJobId}_[]`));
    return before?.state.status === row.state.status ? [] : [toChange(row, before, at)];
  });
}

function toChange(row: JobObservation, before: JobObservation | undefined, at: number): JobChange {
  const { jobId, name, reason, state } = row;
  const { status, failureKind, terminal } = state;
  // For an end the kind of failure says more than what Slurm still notes as the reason for waiting.
  const why = terminal ? failureKind : reason;
  return { at, jobId, name, terminal, reason: why, from: before?.state.status, to: status };
}

/**
 * The rows that a look should have brought and did not: jobs that had not ended, and tasks that were waiting and have no
 * row any more. (A controller forgets unstarted tasks that are cancelled at once, ended jobs after a while.)
 */
export function vanishedRows(seen: SeenJobs, rows: readonly JobObservation[]): JobObservation[] {
  const keys = new Set(rows.map(keyOf));
  const present = new Set(rows.flatMap(taskIds));
  return [...seen.values()].flatMap((row) => {
    if (row.state.terminal) return [];
    if (!isPendingSet(row)) return keys.has(row.jobId) ? [] : [row];
    return taskIds(row)
      .filter((id) => !present.has(id))
      .map((jobId) => ({ ...row, jobId, arrayTask: jobId.slice(jobId.indexOf('_') + 1) }));
  });
}

/** How a row ended that nobody knows any more: `CANCELLED` only where it cannot have started meanwhile. */
export function presumeEnd(row: JobObservation, { couldHaveRun }: { readonly couldHaveRun: boolean }): JobObservation {
  const cancelled = row.state.status === 'PENDING' && !couldHaveRun;
  const state = cancelled ? parseJobState('CANCELLED') : { ...parseJobState('UNKNOWN'), terminal: true };
  return { ...row, state };
}

/** Also `12_[3]`: the last one that has not started. */
function isPendingSet({ jobId, state }: JobObservation): boolean {
  return !state.terminal && parseJobId(jobId)?.task?.kind === 'set';
}

function taskIds(row: JobObservation): string[] {
  const task = parseJobId(row.jobId)?.task;
  return task?.kind === 'set' ? expandTaskSet(task.set).map((index) => `${row.arrayJobId}_${index}`) : [row.jobId];
}
