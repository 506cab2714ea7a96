import { ConnectionError, NotFoundError, UsageError } from '../core/errors.ts';
import { expandTaskSet, hasTask, parseJobId, parseTaskSet, type TaskSet } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { findKnownRows, type KnownRows } from './known-rows.ts';
import { logPaths, namesRelease } from './log-paths.ts';
import { isRecorded, type RecordedJob, recordedJob } from './recorded-job.ts';

export interface JobLog {
  /** A job or one task of an array. */
  readonly jobId: string;
  /** Absolute path on the cluster; final once the job has started. */
  readonly stdout: string;
  /** `undefined` where standard error goes to the same file, as far as is known. */
  readonly stderr: string | undefined;
  /** `undefined`: only srunx itself remembers the job. */
  readonly job: JobObservation | undefined;
  /** Why the controller could not be asked, so that `job` may be old. */
  readonly problem?: string | undefined;
}

export interface LogsRequest {
  readonly target: TargetName;
  /** Jobs, tasks (`7_3`), sets of tasks (`7_[0-3]`). */
  readonly jobIds: readonly string[];
  /** Of arrays that are named as a whole: which of their tasks. Without it, an array is refused; with `any`, all are meant. */
  readonly tasks?: 'all' | 'any' | TaskSet | undefined;
  /** By job id, of jobs of one run: no other job that has the id by now is meant. */
  readonly records?: ReadonlyMap<string, RecordedJob> | undefined;
  /** What the records have was seen just now, and nobody is asked again. */
  readonly isFresh?: boolean | undefined;
  /** All of them have ended, so that the controller has nothing to say that the accounting does not know. */
  readonly haveEnded?: boolean | undefined;
  /** Of arrays only these tasks; all that are known without it. */
  readonly isWanted?: ((task: JobObservation) => boolean) | undefined;
  /** Found earlier: of a job that nobody knows any more, the log is still where it was. */
  readonly before?: readonly JobLog[] | undefined;
}

/**
 * Where jobs have their logs, in the order of the request. What was recorded at the submission is right in every release of
 * Slurm, so it comes first; then what the controller says. One question to the controller, whatever the number of jobs.
 */
export async function findLogs(context: AppContext, request: LogsRequest): Promise<readonly JobLog[]> {
  const { target, jobIds, before = [] } = request;
  const recordOf = await recordsOf(context, request);
  const known = await findRows(context, { ...request, recordOf });
  const found = jobIds.flatMap((jobId): Candidate[] => {
    const record = recordOf(jobId);
    const rows = known.rowsOf(jobId).filter((row) => isMeant(row, record, request));
    const old = rows.length === 0 && record === undefined ? before.find((log) => log.jobId === jobId) : undefined;
    if (old !== undefined) return [{ id: jobId, record, row: undefined, old }];
    return idsOf(jobId, { ...request, rows, record }).map((id) => ({ id, record, row: rowOf(id, rows) }));
  });
  const slurmVersion = await versionFor(context, { target, patterns: found.flatMap(patternsOf) });
  return found.map(({ id, record, row, old }) => {
    const ours = row === undefined || (record !== undefined && isRecorded(record, row)) ? record : undefined;
    const paths = old ?? logPaths({ target, jobId: id }, { row, record: ours, slurmVersion });
    return { stdout: paths.stdout, stderr: paths.stderr, jobId: id, job: row, problem: known.problem };
  });
}

type RecordOf = (jobId: string) => RecordedJob | undefined;

function findRows(context: AppContext, request: LogsRequest & { readonly recordOf: RecordOf }): Promise<KnownRows> {
  const { target, jobIds, tasks, recordOf, haveEnded, isFresh = false } = request;
  if (isFresh) return Promise.resolve({ rowsOf: (jobId) => [recordOf(jobId)?.observation ?? []].flat() });
  const isWhole = tasks !== undefined || jobIds.some((jobId) => parseJobId(jobId)?.task?.kind === 'set');
  return findKnownRows(context, { target, jobIds, recordOf, extra: ['STDERR'], isWhole, haveEnded });
}

function isMeant(
  row: JobObservation,
  record: RecordedJob | undefined,
  { records, isFresh, isWanted }: LogsRequest,
): boolean {
  if (isWanted !== undefined && row.arrayJobId !== undefined && !isWanted(row)) return false;
  return records === undefined || record === undefined || isFresh === true || isRecorded(record, row);
}

/** One look for all tasks of an array: the record is that of the whole. */
async function recordsOf(context: AppContext, { target, jobIds, records: given }: LogsRequest): Promise<RecordOf> {
  const baseOf = (jobId: string) => parseJobId(jobId)?.base ?? jobId;
  if (given !== undefined) return (jobId) => given.get(jobId) ?? given.get(baseOf(jobId));
  const records = new Map<string, RecordedJob | undefined>();
  for (const base of new Set(jobIds.map(baseOf))) {
    records.set(base, await recordedJob(context, { target, jobId: base }));
  }
  return (jobId) => records.get(baseOf(jobId));
}

interface Candidate {
  readonly id: string;
  readonly record: RecordedJob | undefined;
  readonly row: JobObservation | undefined;
  readonly old?: JobLog;
}

function patternsOf({ record, row }: Candidate): (string | undefined)[] {
  return [record?.log?.pattern, record?.log?.error, row?.stdout, row?.extra?.STDERR];
}

/** The row about exactly this task, else about the unstarted tasks that it is one of. */
function rowOf(jobId: string, rows: readonly JobObservation[]): JobObservation | undefined {
  const own = rows.find((row) => row.jobId === jobId || row.rawId === jobId);
  const index = indexOf(jobId);
  if (own !== undefined || index === undefined) return own ?? rows[0];
  return rows.find((row) => {
    const task = parseJobId(row.jobId)?.task;
    return task?.kind === 'set' && hasTask(task.set, index);
  });
}

function indexOf(jobId: string): number | undefined {
  const task = parseJobId(jobId)?.task;
  return task?.kind === 'index' ? task.index : undefined;
}

/** The single jobs that an id stands for. */
function idsOf(
  jobId: string,
  of: Pick<LogsRequest, 'target' | 'tasks' | 'isWanted'> & {
    readonly rows: readonly JobObservation[];
    readonly record: RecordedJob | undefined;
  },
): readonly string[] {
  const { rows, record, tasks, target } = of;
  const [row] = rows;
  if ((row === undefined && record === undefined) || isPartOfPlainJob(jobId, { row, record })) {
    throw unknownJob(target, jobId);
  }
  const { base, task } = parseJobId(jobId) ?? {};
  const set = task?.kind === 'set' ? task.set : undefined;
  if (set === undefined && !isArray(jobId, { rows, record })) {
    if (tasks === undefined || tasks === 'any') return [jobId];
    throw new UsageError(
      `${jobId} is ${task === undefined ? 'no job array' : 'one task'}, and has no tasks to choose`,
      {
        code: 'usage.no_array',
        hint: 'Leave out --array.',
      },
    );
  }
  const choice = set ?? (tasks === 'any' ? 'all' : tasks);
  if (choice === undefined) throw severalLogs(jobId, rows);
  const array = row?.arrayJobId ?? base ?? jobId;
  const found = choice === 'all' ? tasksOf(rows) : expandTaskSet(choice);
  if (found.length === 0 && of.isWanted !== undefined) return [];
  const all = found.length === 0 ? plannedTasks(of) : found;
  if (all.length === 0) throw unknownJob(target, jobId);
  return all.map((index) => `${array}_${index}`);
}

/** Where nobody remembers the tasks of an array, the plan does. */
function plannedTasks({ tasks, record }: Pick<LogsRequest, 'tasks'> & Pick<Candidate, 'record'>): readonly number[] {
  const set = tasks === 'any' && record?.array !== undefined ? parseTaskSet(record.array) : undefined;
  return set === undefined ? [] : expandTaskSet(set);
}

/** The tasks that rows are about, in their order. */
function tasksOf(rows: readonly JobObservation[]): readonly number[] {
  const indices = rows.flatMap((row) => {
    const task = parseJobId(row.jobId)?.task;
    if (task === undefined) return [];
    return task.kind === 'index' ? [task.index] : expandTaskSet(task.set);
  });
  return [...new Set(indices)].sort((a, b) => a - b);
}

/** Whether the id means a whole array; the raw id of one task does not. */
function isArray(
  jobId: string,
  { rows, record }: { readonly rows: readonly JobObservation[]; readonly record: RecordedJob | undefined },
): boolean {
  if (parseJobId(jobId)?.task !== undefined) return false;
  if (rows.length === 0) return record?.log?.isArray === true;
  return rows.some(({ arrayJobId, rawId }) => arrayJobId !== undefined && !(rawId === jobId && arrayJobId !== jobId));
}

function unknownJob(target: TargetName, jobId: string): NotFoundError {
  return new NotFoundError(`no job ${jobId} is known on ${target}`, {
    code: 'job.not_found',
    hint: 'List jobs with `srunx squeue`, and runs with `srunx flow list`.',
  });
}

/** `7_1` or `7+1` where 7 is one job. */
function isPartOfPlainJob(jobId: string, { row, record }: Pick<Candidate, 'row' | 'record'>): boolean {
  const { task, hetOffset } = parseJobId(jobId) ?? {};
  if (task !== undefined) return row === undefined ? record?.log?.isArray !== true : row.arrayJobId === undefined;
  return hetOffset !== undefined && row !== undefined && row.hetJobId === undefined;
}

function severalLogs(jobId: string, rows: readonly JobObservation[]): UsageError {
  const shown = rows.slice(0, 20).map((row) => `${row.jobId}  ${row.state.status}`);
  const more = rows.length > shown.length ? [`... and ${rows.length - shown.length} more`] : [];
  const example = rows.find(({ arrayTask }) => /^\d+$/.test(arrayTask ?? ''))?.jobId ?? `${parseJobId(jobId)?.base}_0`;
  return new UsageError(`${jobId} is a job array: each of its tasks has a log of its own`, {
    code: 'usage.task_needed',
    detail: [...shown, ...more].join('\n'),
    hint: `Name one task, \`srunx tail ${example}\`, or several: --array all, --array 0-3.`,
  });
}

/** Asked for only where it matters: older releases leave some symbols as they are. */
async function versionFor(
  context: AppContext,
  { target, patterns }: { readonly target: TargetName; readonly patterns: readonly (string | undefined)[] },
): Promise<string | undefined> {
  if (!patterns.some((pattern) => pattern !== undefined && namesRelease(pattern))) return undefined;
  try {
    const cluster = await context.cluster(target);
    return cluster.kind === 'slurm' ? (await cluster.capabilities(context.signal)).version : undefined;
  } catch (error) {
    if (error instanceof ConnectionError) return undefined;
    throw error;
  }
}
