import { hasTask, parseTaskSet } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { tokenOfRow } from '../core/slurm/observation-index.ts';
import type { WaitingTasks } from '../store/submitted-jobs.ts';
import { lasting } from './settle-run.ts';

export interface SortedRows {
  readonly waiting: readonly WaitingTasks[];
  /** The others. */
  readonly rows: readonly JobObservation[];
}

/** Sets that were broken into more than that are looked at task by task: each task is compared with all ranges of its array. */
const mostRanges = 64;

/**
 * Tells what a snapshot says of tasks that have not started from the rest. Of a large sweep these are nearly all, tens of thousands, and
 * they stand in the same few rows: whoever waits as it did before need not be taken for a job with findings of its own.
 */
export function sortRows(snapshot: readonly JobObservation[]): SortedRows {
  const single = new Map<string, Set<number>>();
  for (const { arrayJobId, arrayTask = '' } of snapshot) {
    if (arrayJobId === undefined || !/^\d+$/.test(arrayTask)) continue;
    const known = single.get(arrayJobId);
    if (known === undefined) single.set(arrayJobId, new Set([Number(arrayTask)]));
    else known.add(Number(arrayTask));
  }
  const waiting: WaitingTasks[] = [];
  const rows: JobObservation[] = [];
  for (const row of snapshot) {
    const tasks = toWaitingTasks(row, single.get(row.arrayJobId ?? ''));
    if (tasks === undefined) rows.push(row);
    else waiting.push(tasks);
  }
  return { waiting, rows };
}

const idMark = '@id@';
const taskMark = '@task@';

/** `undefined` where it is none of several, does not say whose it is, or the tasks are to be looked at one by one. */
function toWaitingTasks(row: JobObservation, single: ReadonlySet<number> = new Set()): WaitingTasks | undefined {
  const { arrayJobId, arrayTask = '' } = row;
  const set = arrayJobId !== undefined && /\D/.test(arrayTask) ? parseTaskSet(arrayTask) : undefined;
  const token = tokenOfRow(row);
  if (arrayJobId === undefined || set === undefined || token === undefined || row.state.terminal) return undefined;
  // One of which there is a row of its own is what that says.
  const isClear = set.ranges.length <= mostRanges && ![...single].some((index) => hasTask(set, index));
  if (!isClear) return undefined;
  const text = JSON.stringify(lasting({ ...row, jobId: idMark, arrayTask: taskMark }));
  const [head, rest, ...more] = text.split(`"${idMark}"`);
  const [middle, tail, ...others] = rest?.split(`"${taskMark}"`) ?? [];
  if (head === undefined || middle === undefined || tail === undefined || more.length + others.length > 0)
    return undefined;
  return { arrayJobId, token, ranges: set.ranges, texts: [head, middle, tail] };
}
