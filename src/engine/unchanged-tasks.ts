import { hasTask, parseTaskSet, type TaskSet } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { tokenOfRow } from '../core/slurm/observation-index.ts';
import { tokenOfTask } from '../core/slurm/task-token.ts';
import type { SubmittedJob } from '../store/submitted-jobs.ts';
import { lasting } from './settle-run.ts';

/** What a snapshot says of all tasks of an array that have not started, as the store would have it of each of them. */
interface WaitingSet {
  readonly set: TaskSet;
  readonly token: string;
  /** Before the id of the task, between that and its index, and behind it. */
  readonly texts: readonly [string, string, string];
}

/**
 * Tells the tasks that wait as they did before. Of a large sweep these are nearly all, tens of thousands, and they stand in the same
 * few rows: each of them is only compared with its row, and not taken for a job with findings of its own.
 */
export function findUnchanged(snapshot: readonly JobObservation[]): (job: SubmittedJob) => boolean {
  const single = new Set<string>();
  const sets = new Map<string, WaitingSet[]>();
  for (const row of snapshot) {
    const { arrayJobId, arrayTask = '' } = row;
    if (arrayJobId === undefined) continue;
    const set = /\D/.test(arrayTask) ? parseTaskSet(arrayTask) : undefined;
    const waiting = set === undefined ? undefined : toWaitingSet(row, set);
    if (set === undefined) single.add(`${arrayJobId}_${arrayTask}`);
    else if (waiting !== undefined) sets.set(arrayJobId, [...(sets.get(arrayJobId) ?? []), waiting]);
  }
  return ({ jobId, token, submission, isMissing, final, observed }) => {
    if (submission !== 'submitted' || isMissing || final || single.has(jobId)) return false;
    const at = jobId.indexOf('_');
    const index = jobId.slice(at + 1);
    const row = sets.get(jobId.slice(0, at))?.find(({ set }) => hasTask(set, Number(index)));
    if (row === undefined || token !== tokenOfTask(row.token, index)) return false;
    const [head, middle, tail] = row.texts;
    return observed === `${head}"${jobId}"${middle}"${index}"${tail}`;
  };
}

const idMark = '@id@';
const taskMark = '@task@';

/** `undefined` where it does not say whose it is, or the tasks are to be looked at one by one. */
function toWaitingSet(row: JobObservation, set: TaskSet): WaitingSet | undefined {
  const token = tokenOfRow(row);
  if (token === undefined || row.state.terminal) return undefined;
  const text = JSON.stringify(lasting({ ...row, jobId: idMark, arrayTask: taskMark }));
  const [head, rest, ...more] = text.split(`"${idMark}"`);
  const [middle, tail, ...others] = rest?.split(`"${taskMark}"`) ?? [];
  if (head === undefined || middle === undefined || tail === undefined || more.length + others.length > 0)
    return undefined;
  return { set, token, texts: [head, middle, tail] };
}
