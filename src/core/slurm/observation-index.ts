import { hasTask, parseTaskSet, type TaskSet } from './job-id.ts';
import type { JobObservation } from './job-observation.ts';
import { rollUpStates } from './job-state.ts';
import { tokenOfTask } from './task-token.ts';

/** A submission of ours, and what tells its rows from those of another job that has the same id. */
export interface TrackedJob {
  readonly token: string;
  readonly jobId: string;
  readonly name: string;
  /** Epoch seconds: it was not submitted before, by whatever clock of the cluster. */
  readonly notBefore: number;
  /** Those of an array, where it is known which there are. */
  readonly tasks?: TaskSet | undefined;
  /** What was observed of it last. */
  readonly known: JobObservation | undefined;
}

/** Finds what a snapshot says of a submission, in constant time. */
export interface ObservationIndex {
  /** One observation; the rows of an array or heterogeneous job are rolled up into one. */
  find(job: TrackedJob): JobObservation | undefined;
  /** The rows themselves: one per task, set of unstarted tasks, or component. */
  rowsOf(job: TrackedJob): readonly JobObservation[];
}

/** For the controller's rows, of which each is the present state of a job. */
export function indexObservations(rows: readonly JobObservation[]): ObservationIndex {
  const find = findRows(rows);
  const rowsOf = (job: TrackedJob) => find(job.jobId).filter((row) => isOurs(row, job));
  return { rowsOf, find: (job) => rollUp(job.jobId, rowsOf(job)) };
}

export function groupByBase(rows: readonly JobObservation[]): ReadonlyMap<string, readonly JobObservation[]> {
  return Map.groupBy(rows, baseIdOf);
}

/**
 * The rows of an id: of a whole array all that it has, of one task its own, which may be a set of tasks that have not started. In
 * constant time for nearly all tasks.
 */
export function findRows(rows: readonly JobObservation[]): (jobId: string) => readonly JobObservation[] {
  const byBase = groupByBase(rows);
  const byTask = new Map<string, JobObservation[]>();
  const sets = new Map<string, { readonly set: TaskSet; readonly row: JobObservation }[]>();
  for (const row of rows) {
    const { arrayJobId, arrayTask = '' } = row;
    if (arrayJobId === undefined) continue;
    const set = /\D/.test(arrayTask) ? parseTaskSet(arrayTask) : undefined;
    if (set === undefined) addTo(byTask, `${arrayJobId}_${arrayTask}`, row);
    else addTo(sets, arrayJobId, { set, row });
  }
  return (jobId) => {
    const [base = '', task] = jobId.split('_');
    if (task === undefined) return byBase.get(jobId) ?? [];
    const own = byTask.get(jobId);
    if (own !== undefined) return own;
    const found = sets.get(base)?.find(({ set }) => hasTask(set, Number(task)));
    return found === undefined ? [] : [{ ...found.row, jobId, arrayTask: task }];
  };
}

function addTo<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** The id that `sbatch` printed. */
export function baseIdOf(row: Pick<JobObservation, 'rawId' | 'arrayJobId' | 'hetJobId'>): string {
  return row.arrayJobId ?? row.hetJobId ?? row.rawId;
}

const tokenInComment = /(?:^|\s)srunx:(\S+)\s*$/;

/** The submission that a row says it belongs to. */
export function tokenOfRow({ comment }: Pick<JobObservation, 'comment'>): string | undefined {
  return comment === undefined ? undefined : tokenInComment.exec(comment)?.[1];
}

/**
 * Ids are used again after a database reset or when the numbers run out. The token decides where the row has one; else the
 * time of submission, which only a requeue changes, and that raises the count of restarts.
 */
function isOurs(row: JobObservation, job: TrackedJob): boolean {
  const { token } = job;
  const named = tokenOfRow(row);
  if (named !== undefined) return named === token || token === tokenOfTask(named, row.arrayTask ?? '');
  // Not before: what is known may first have to be read.
  const { known, notBefore } = job;
  const submitTime = row.submitTime ?? notBefore;
  if (known?.submitTime === undefined) return submitTime >= notBefore;
  return submitTime === known.submitTime || (submitTime > known.submitTime && row.restarts > known.restarts);
}

/** One observation for all rows of a job; `undefined` for none. */
export function rollUp(jobId: string, rows: readonly JobObservation[]): JobObservation | undefined {
  if (rows.length < 2) return rows[0];
  const { state } = rollUpStates(rows.map((row) => row.state));
  // The row that shows the whole's state best lends the rest of the facts.
  const model = rows.find((row) => row.state.status === state.status) ?? rows[0];
  if (model === undefined) return undefined;
  const { arrayTask: _task, ...rest } = model;
  const starts = rows.flatMap(({ startTime }) => startTime ?? []);
  const ends = rows.flatMap(({ endTime }) => endTime ?? []);
  return {
    ...rest,
    jobId,
    rawId: jobId,
    state,
    ...(starts.length > 0 ? { startTime: Math.min(...starts) } : {}),
    ...(ends.length > 0 ? { endTime: Math.max(...ends) } : {}),
  };
}
