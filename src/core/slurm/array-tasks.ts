import { countTasks, countTasksOf, expandTaskSet, hasTask, parseTaskSet, type TaskSet } from './job-id.ts';
import type { JobObservation } from './job-observation.ts';
import type { JobState } from './job-state.ts';
import { observationFromReceipt, type Receipt } from './observation-from-receipt.ts';
import type { TrackedJob } from './observation-index.ts';
import { tokenOfTask } from './task-token.ts';

/** How far an array is. */
export interface TaskCounts {
  readonly total: number;
  /** Ended, however. */
  readonly done: number;
}

/** Whoever is not known to wait or to run has ended: the controller forgets tasks one by one. */
export function taskCounts(tasks: TaskSet, rows: readonly JobObservation[]): TaskCounts {
  const total = countTasks(tasks);
  const open = rows.filter(({ state }) => !state.terminal).reduce((sum, { jobId }) => sum + countTasksOf(jobId), 0);
  return { total, done: Math.max(0, total - open) };
}

/** The tasks of which no row speaks. */
export function missingTasks({ tasks }: TrackedJob, rows: readonly JobObservation[]): readonly number[] {
  if (tasks === undefined) return [];
  // Nearly all rows are of one task: they are looked up, and not gone through for each.
  const single = new Set(rows.map(({ arrayTask }) => arrayTask));
  const sets = rows.flatMap(({ arrayTask = '' }) => (/\D/.test(arrayTask) ? (parseTaskSet(arrayTask) ?? []) : []));
  return expandTaskSet(tasks).filter((index) => !single.has(`${index}`) && !sets.some((set) => hasTask(set, index)));
}

/**
 * Rows for tasks that nobody lists any more, from what their wrappers wrote down. One that has no receipt never started: somebody
 * removed it while it waited, and from 24.11 on that leaves no record anywhere. Nothing where there is no trace of the array at all.
 */
export function rowsFromReceipts(
  job: TrackedJob,
  {
    missing,
    rows,
    receipts,
  }: {
    readonly missing: readonly number[];
    readonly rows: readonly JobObservation[];
    readonly receipts: readonly Receipt[];
  },
): readonly JobObservation[] {
  const byToken = new Map(receipts.map((receipt) => [receipt.token, receipt]));
  const found = missing.map((index) => ({ index, receipt: byToken.get(tokenOfTask(job.token, index)) }));
  if (rows.length === 0 && found.every(({ receipt }) => receipt === undefined)) return [];
  return found.map(({ index, receipt = removed(job.token) }): JobObservation => {
    const jobId = `${job.jobId}_${index}`;
    const row = observationFromReceipt(receipt, { ...job, jobId });
    const task = { ...row, arrayJobId: job.jobId, arrayTask: `${index}` };
    if (receipt.attempts > 0) return task;
    return { ...task, state: removedState };
  });
}

/** Of a task that left the queue while it waited, and of which there is no record anywhere. */
export const removedState = {
  status: 'CANCELLED',
  raw: 'receipt: none',
  terminal: true,
  failureKind: 'cancelled',
} as const satisfies JobState;

export function isRemoved(seen: JobObservation | undefined): boolean {
  return seen?.state.raw === removedState.raw;
}

function removed(token: string): Receipt {
  return { token, attempts: 0, signals: [] };
}
