import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from '../../core/errors.ts';
import type { FileToWrite } from '../../shell/shell.ts';
import type { Submission } from '../cluster.ts';

/**
 * What the plan directory holds of a submission to this machine, beside the scripts and the run's description. The queue
 * has the jobs; these files tell what became of a batch when the queue was lost.
 */
const recordName = 'handover.json';
const jobsName = 'jobs.json';
const refusalName = 'refused.json';
const withdrawnName = 'withdrawn';

/** Everything that is needed to submit the batch, written before anything is submitted. */
export interface HandoverRecord {
  readonly version: 1;
  /** The queue that it is for: in another one, the absence of its jobs means nothing. */
  readonly queueId: string;
  /** Epoch seconds. */
  readonly writtenAt: number;
  readonly submissions: readonly Submission[];
}

export interface RefusalRecord {
  readonly token: string;
  readonly message: string;
}

/** The values of job variables are in there, so nobody else may read it. */
export function recordFile(directory: string, record: HandoverRecord): FileToWrite {
  return { path: join(directory, recordName), content: JSON.stringify(record), mode: 0o600 };
}

export function jobsFile(directory: string, jobs: ReadonlyMap<string, string>): FileToWrite {
  return { path: join(directory, jobsName), content: JSON.stringify(Object.fromEntries(jobs)) };
}

export function refusalFile(directory: string, refusal: RefusalRecord): FileToWrite {
  return { path: join(directory, refusalName), content: JSON.stringify(refusal) };
}

/** Whoever finds it submits nothing any more. */
export function withdrawnFile(directory: string): FileToWrite {
  return { path: join(directory, withdrawnName), content: '' };
}

export function isWithdrawn(directory: string): boolean {
  return existsSync(join(directory, withdrawnName));
}

export interface PlanFiles {
  readonly record: HandoverRecord;
  /** The ids that were given, by token; empty until the batch is submitted. */
  readonly jobs: ReadonlyMap<string, string>;
  readonly refusal: RefusalRecord | undefined;
}

/** `undefined`: nothing was ever to be submitted from this directory. */
export async function readPlanFiles(directory: string): Promise<PlanFiles | undefined> {
  const [record, jobs, refusal] = await Promise.all([
    readJson<HandoverRecord>(join(directory, recordName)),
    readJson<Record<string, string>>(join(directory, jobsName)),
    readJson<RefusalRecord>(join(directory, refusalName)),
  ]);
  return record === undefined ? undefined : { record, jobs: new Map(Object.entries(jobs ?? {})), refusal };
}

/** Files of our own: each is written whole or not at all. */
async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    // ENOTDIR: the directory would be below a file.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new StorageError(`the file ${path} cannot be read`, {
      code: 'embedded.plan_unreadable',
      detail: error instanceof Error ? error.message : String(error),
      hint: 'Restore it, or submit the run again as a new one.',
      cause: error,
    });
  }
}
