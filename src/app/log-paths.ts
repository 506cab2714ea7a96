import { posix } from 'node:path';
import { NotFoundError } from '../core/errors.ts';
import { parseJobId } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { defaultLogPattern, expandLogPattern } from '../core/slurm/log-pattern.ts';
import { expandNodeList } from '../core/slurm/node-list.ts';
import type { TargetName } from './app-context.ts';
import type { RecordedJob } from './recorded-job.ts';

export interface LogPaths {
  readonly stdout: string;
  /** `undefined` where it is the same file, as far as is known. */
  readonly stderr: string | undefined;
}

interface LogFacts {
  readonly row: JobObservation | undefined;
  /** Only where it is about the same job as the row. */
  readonly record: RecordedJob | undefined;
  readonly slurmVersion: string | undefined;
}

/** What a pattern stands for depends on the release of Slurm. */
export function namesRelease(pattern: string): boolean {
  return /%\d*[brS]/.test(pattern);
}

/** Where a job writes. Throws a NotFoundError where that is forgotten. */
export function logPaths(
  { target, jobId }: { readonly target: TargetName; readonly jobId: string },
  facts: LogFacts,
): LogPaths {
  const { row, record } = facts;
  const isArray = row?.arrayJobId !== undefined || record?.log?.isArray === true;
  const workDir = record?.log?.workDir ?? row?.workDir;
  const pattern = record?.log?.pattern ?? row?.stdout ?? defaultLogPattern({ isArray });
  const error = record?.log === undefined ? row?.extra?.STDERR : record.log.error;
  const resolve = (text: string) => {
    if (workDir === undefined && !text.startsWith('/')) throw forgotten(jobId, target);
    return posix.resolve(workDir ?? '/', expand(withoutWrongDefault(text, row), { ...facts, jobId }));
  };
  const stdout = resolve(pattern);
  const stderr = error === undefined || isNothing(error) ? undefined : resolve(error);
  return { stdout, stderr: stderr === stdout ? undefined : stderr };
}

/** As Slurm writes that there is no such path. */
function isNothing(text: string): boolean {
  return text === '' || text === '(null)' || text === 'N/A';
}

function expand(pattern: string, facts: LogFacts & { readonly jobId: string }): string {
  const { row, record, slurmVersion, jobId } = facts;
  const id = parseJobId(jobId);
  const index = taskIndex(jobId) ?? taskIndex(row?.jobId ?? '');
  const user = record?.log?.user ?? row?.user;
  const host = row?.nodeList === undefined ? undefined : expandNodeList(row.nodeList)[0];
  return expandLogPattern(pattern, {
    jobId: row?.rawId ?? id?.base ?? jobId,
    arrayJobId: row?.arrayJobId ?? id?.base ?? jobId,
    name: row?.name ?? record?.name ?? '',
    restarts: row?.restarts ?? 0,
    ...(index === undefined ? {} : { taskIndex: index }),
    ...(user === undefined ? {} : { user }),
    ...(host === undefined ? {} : { host }),
    ...(slurmVersion === undefined ? {} : { slurmVersion }),
  });
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
