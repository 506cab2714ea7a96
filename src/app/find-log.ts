import { posix } from 'node:path';
import { ConnectionError, NotFoundError, UsageError } from '../core/errors.ts';
import { parseJobId } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { defaultLogPattern, expandLogPattern } from '../core/slurm/log-pattern.ts';
import { expandNodeList } from '../core/slurm/node-list.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { findRecords, findRows } from './find-rows.ts';
import { isRecorded, type RecordedJob, recordedJob } from './recorded-job.ts';

export interface JobLog {
  /** Absolute path on the cluster; final once the job has started. */
  readonly path: string;
  /** `undefined`: only srunx itself remembers the job. */
  readonly job: JobObservation | undefined;
  /** Why the controller could not be asked, so that `job` may be old. */
  readonly problem?: string | undefined;
}

interface LogRequest {
  readonly target: TargetName;
  readonly jobId: string;
}

/**
 * Where a job's standard output goes. What was recorded at the submission is right in every release of Slurm, so it comes
 * first; then what the controller says.
 */
export async function findLog(context: AppContext, request: LogRequest): Promise<JobLog> {
  const record = await recordedJob(context, request);
  const { rows, problem } = await knownRows(context, request, record);
  const [row] = rows;
  if (row === undefined && record === undefined) throw unknownJob(request);
  if (isPartOfPlainJob(request.jobId, { row, record })) throw unknownJob(request);
  const ours = row === undefined || (record !== undefined && isRecorded(record, row)) ? record : undefined;
  if (isWholeArray(request.jobId, rows)) throw severalLogs(request.jobId, rows);
  const slurmVersion = await versionFor(context, { request, pattern: ours?.log?.pattern ?? row?.stdout });
  return { path: logPath(request, { row, record: ours, slurmVersion }), job: row, problem };
}

interface KnownRows {
  readonly rows: readonly JobObservation[];
  readonly problem?: string;
}

/** From the controller, else the accounting; what cannot be asked is left out where we remember the job ourselves. */
async function knownRows(
  context: AppContext,
  request: LogRequest,
  record: RecordedJob | undefined,
): Promise<KnownRows> {
  const remembered = record?.observation === undefined ? [] : [record.observation];
  try {
    const rows = await findRows(context, request);
    if (rows.length > 0) return { rows };
  } catch (error) {
    if (record === undefined || !(error instanceof ConnectionError)) throw error;
    return { rows: remembered, problem: error.message };
  }
  const ended = remembered.filter(({ state }) => state.terminal);
  try {
    // What the controller does not know is over, even where the accounting has not heard of the end.
    const records = (await findRecords(context, request)).filter(({ state }) => state.terminal);
    return { rows: records.length > 0 ? records : ended };
  } catch (error) {
    if (record === undefined || !(error instanceof ConnectionError)) throw error;
    return { rows: ended };
  }
}

function unknownJob({ target, jobId }: LogRequest): NotFoundError {
  return new NotFoundError(`no job ${jobId} is known on ${target}`, {
    code: 'job.not_found',
    hint: 'List jobs with `srunx squeue`, and runs with `srunx flow list`.',
  });
}

/** `7_1` or `7+1` where 7 is one job. */
function isPartOfPlainJob(
  jobId: string,
  { row, record }: { readonly row: JobObservation | undefined; readonly record: RecordedJob | undefined },
): boolean {
  const { task, hetOffset } = parseJobId(jobId) ?? {};
  if (task !== undefined) return row === undefined ? record?.log?.isArray !== true : row.arrayJobId === undefined;
  return hetOffset !== undefined && row !== undefined && row.hetJobId === undefined;
}

function isWholeArray(jobId: string, rows: readonly JobObservation[]): boolean {
  const { task } = parseJobId(jobId) ?? {};
  const ofArray = rows.some(
    ({ arrayJobId, rawId }) => arrayJobId !== undefined && !(rawId === jobId && arrayJobId !== jobId),
  );
  return task?.kind === 'set' || (task === undefined && ofArray);
}

function severalLogs(jobId: string, rows: readonly JobObservation[]): UsageError {
  const shown = rows.slice(0, 20).map((row) => `${row.jobId}  ${row.state.status}`);
  const more = rows.length > shown.length ? [`… and ${rows.length - shown.length} more`] : [];
  const example = rows.find(({ arrayTask }) => /^\d+$/.test(arrayTask ?? ''))?.jobId ?? `${parseJobId(jobId)?.base}_0`;
  return new UsageError(`${jobId} is a job array: each of its tasks has a log of its own`, {
    code: 'usage.task_needed',
    detail: [...shown, ...more].join('\n'),
    hint: `Name one task: \`srunx tail ${example}\`.`,
  });
}

/** Asked for only where it matters: older releases leave some symbols as they are. */
async function versionFor(
  context: AppContext,
  { request, pattern }: { readonly request: LogRequest; readonly pattern: string | undefined },
): Promise<string | undefined> {
  if (pattern === undefined || !/%\d*[brS]/.test(pattern)) return undefined;
  try {
    const cluster = await context.cluster(request.target);
    return cluster.kind === 'slurm' ? (await cluster.capabilities(context.signal)).version : undefined;
  } catch (error) {
    if (error instanceof ConnectionError) return undefined;
    throw error;
  }
}

interface LogFacts {
  readonly row: JobObservation | undefined;
  readonly record: RecordedJob | undefined;
  readonly slurmVersion: string | undefined;
}

function logPath({ target, jobId }: LogRequest, { row, record, slurmVersion }: LogFacts): string {
  const id = parseJobId(jobId);
  const isArray = row?.arrayJobId !== undefined || record?.log?.isArray === true;
  const workDir = record?.log?.workDir ?? row?.workDir;
  const pattern = record?.log?.pattern ?? row?.stdout ?? defaultLogPattern({ isArray });
  if (workDir === undefined && !pattern.startsWith('/')) throw forgotten(jobId, target);
  const index = taskIndex(jobId) ?? taskIndex(row?.jobId ?? '');
  const user = record?.log?.user ?? row?.user;
  const host = row?.nodeList === undefined ? undefined : expandNodeList(row.nodeList)[0];
  const expanded = expandLogPattern(withoutWrongDefault(pattern, row), {
    jobId: row?.rawId ?? id?.base ?? jobId,
    arrayJobId: row?.arrayJobId ?? id?.base ?? jobId,
    name: row?.name ?? record?.name ?? '',
    restarts: row?.restarts ?? 0,
    ...(index === undefined ? {} : { taskIndex: index }),
    ...(user === undefined ? {} : { user }),
    ...(host === undefined ? {} : { host }),
    ...(slurmVersion === undefined ? {} : { slurmVersion }),
  });
  return posix.resolve(workDir ?? '/', expanded);
}

function taskIndex(jobId: string): number | undefined {
  const task = parseJobId(jobId)?.task;
  return task?.kind === 'index' ? task.index : undefined;
}

/** For arrays, squeue up to 23.11 computes the default path of a plain job: `slurm-<raw id>.out`. */
function withoutWrongDefault(pattern: string, row: JobObservation | undefined): string {
  if (row?.arrayJobId === undefined || posix.basename(pattern) !== `slurm-${row.rawId}.out`) return pattern;
  return posix.join(posix.dirname(pattern), defaultLogPattern({ isArray: true }));
}

function forgotten(jobId: string, target: string): NotFoundError {
  return new NotFoundError(`where job ${jobId} has its log is not known any more on ${target}`, {
    code: 'log.not_found',
    hint: 'Look for slurm-*.out in the directory from which it was submitted.',
  });
}
