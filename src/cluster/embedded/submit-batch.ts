import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RefusedError, SubmissionError } from '../../core/errors.ts';
import { makeDirectory } from '../../shell/disk.ts';
import type { Submission, SubmissionBatch, SubmissionReport, SubmitOptions } from '../cluster.ts';
import { addTurns } from './add-turns.ts';
import { query, transact } from './database.ts';
import type { EmbeddedContext } from './embedded-context.ts';
import { inspectBatch } from './inspect-batch.ts';
import { type KnownMachine, lookUpMachine, rememberMachine } from './machine.ts';
import {
  isWithdrawn,
  jobsFile,
  type RefusalRecord,
  readPlanFiles,
  recordFile,
  refusalFile,
  withdrawnFile,
} from './plan-files.ts';
import { isRefusal, type PreparedJob, prepareJob } from './prepare-job.ts';
import type { QueueJob, QueueTask } from './queue.ts';
import { findNumber, insertEnvironment, insertJob, jobIdOfToken, readMeta, takeNumbers } from './rows.ts';

type Batch = Pick<SubmissionBatch, 'directory' | 'submissions'>;

/** Writes the plan directory, then puts the whole batch into the queue in one transaction: all of it, or nothing. */
export async function submitBatch(
  context: EmbeddedContext,
  batch: SubmissionBatch,
  options: SubmitOptions = {},
): Promise<SubmissionReport> {
  // A record from before stays what it was for: in another queue, the absence of its jobs would mean nothing.
  const earlier = await readPlanFiles(batch.directory);
  const queue = context.queue();
  const queueId = earlier?.record.queueId ?? (await query(queue, () => readMeta(queue.db, 'id'))) ?? '';
  const writtenAt = Math.floor(Date.now() / 1000);
  const record = recordFile(batch.directory, { version: 1, queueId, writtenAt, submissions: batch.submissions });
  await context.shell.writeFiles([...batch.files, record], { signal: options.signal });
  await options.onWritten?.();
  return goOn(context, batch, options);
}

/** Submits what the plan directory says, unless that has been done or refused already. */
export async function resumeBatch(
  context: EmbeddedContext,
  batch: Batch,
  options: SubmitOptions = {},
): Promise<SubmissionReport> {
  requireOwn(batch.directory);
  return goOn(context, batch, options);
}

async function goOn(context: EmbeddedContext, batch: Batch, options: SubmitOptions): Promise<SubmissionReport> {
  const before = await inspectBatch(context, batch);
  const unresolved = [...before.outcomes.values()].some(({ kind }) => kind === 'unknown');
  const remarks = before.phase === 'stopped' && !unresolved ? await finishBatch(context, batch, options) : [];
  const report = before.phase === 'stopped' ? await inspectBatch(context, batch) : before;
  if (report.phase === 'done' && report.outcomes.size > 0) await context.notifyRunner();
  return remarks.length === 0 ? report : { ...report, remarks };
}

/** All or nothing is in the queue, so what is there stays, and what is not never will be. */
export async function withdrawBatch(context: EmbeddedContext, batch: Batch): Promise<SubmissionReport> {
  requireOwn(batch.directory);
  const before = await inspectBatch(context, batch);
  if (before.phase === 'done' || before.phase === 'refused') return before;
  await context.shell.writeFiles([withdrawnFile(batch.directory)]);
  // Whoever had begun to submit before that has ended when it is our turn to write.
  await transact(context.queue(), () => undefined);
  return inspectBatch(context, batch);
}

/** Returns what the user should know about what was submitted. */
async function finishBatch(
  context: EmbeddedContext,
  { directory }: Batch,
  options: SubmitOptions,
): Promise<readonly string[]> {
  const files = await readPlanFiles(directory);
  if (files === undefined) return [];
  options.signal?.throwIfAborted();
  // The receipts of wrapped jobs go there.
  makeDirectory(join(directory, 'receipts'), 0o700);
  const result = await enqueue(context, { directory, submissions: files.record.submissions });
  if (result.kind === 'withdrawn') return [];
  const file = result.kind === 'refused' ? refusalFile(directory, result) : jobsFile(directory, result.jobs);
  await context.shell.writeFiles([file]);
  if (result.kind === 'refused') return [];
  for (const [token, jobId] of result.jobs) options.onSubmitted?.(token, jobId);
  return result.remarks;
}

/** A path that somebody is told to look at must run nothing. */
function requireOwn(directory: string): void {
  const owner = statSync(directory, { throwIfNoEntry: false })?.uid;
  if (owner === undefined || owner === process.geteuid?.()) return;
  throw new RefusedError(`the plan in ${directory} belongs to another account`, {
    code: 'embedded.plan_foreign',
    hint: 'Only its owner can submit it.',
  });
}

type Enqueued =
  | {
      readonly kind: 'submitted';
      readonly jobs: ReadonlyMap<string, string>;
      readonly remarks: readonly string[];
    }
  | ({ readonly kind: 'refused' } & RefusalRecord)
  | { readonly kind: 'withdrawn' };

/** Of several processes that do this at once, one inserts the jobs and the others find them. */
async function enqueue(context: EmbeddedContext, { directory, submissions }: Batch): Promise<Enqueued> {
  const machine = await lookUpMachine(context);
  let token = '';
  try {
    const scripts = submissions.map((submission) => {
      token = submission.token;
      return readScript(submission);
    });
    const environment = environmentOf(context.env);
    const inserted = await transact(context.queue(), () => {
      if (isWithdrawn(directory)) return undefined;
      rememberMachine(context.queue().db, machine);
      insertEnvironment(context.queue().db, environment);
      const ids = new Map<string, string>();
      let count = 0;
      const fresh = submissions.filter(
        (submission) => jobIdOfToken(context.queue().db, submission.token) === undefined,
      );
      submissions.forEach((submission, index) => {
        token = submission.token;
        const script = scripts[index] ?? new Uint8Array();
        const { id, isCut } = insertOnce(context, { submission, script, machine, environment: environment.hash });
        ids.set(token, `${id}`);
        if (isCut) count += 1;
      });
      for (const submission of fresh) addTurns(context.queue().db, submission);
      return { jobs: ids, cutJobs: count };
    });
    if (inserted === undefined) return { kind: 'withdrawn' };
    const { jobs, cutJobs } = inserted;
    return { kind: 'submitted', jobs, remarks: cutJobs === 0 ? [] : [cutRemark(cutJobs, machine.resources)] };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { kind: 'refused', token, message: [error.message, error.detail, error.hint].filter(Boolean).join('\n') };
  }
}

interface Draft {
  readonly submission: Submission;
  readonly script: Uint8Array;
  readonly machine: KnownMachine;
  /** Hash of the environment that it comes from. */
  readonly environment: string;
}

function cutRemark(count: number, { cpus, memoryMb }: KnownMachine['resources']): string {
  const who = count === 1 ? '1 job asks' : `${count} jobs ask`;
  return `${who} for more than this machine has (1 node, ${cpus} CPUs, ${memoryMb} MB of memory) and will get what there is`;
}

/** The job's id: that of an earlier insertion, where there was one. Runs inside the transaction. */
function insertOnce(
  context: EmbeddedContext,
  { submission, script, machine, environment }: Draft,
): { readonly id: number; readonly isCut: boolean } {
  const { db } = context.queue();
  const known = jobIdOfToken(db, submission.token);
  if (known !== undefined) return { id: known, isCut: false };
  const now = Date.now();
  const prepared = prepareJob(submission, script, {
    machine: machine.resources,
    env: context.env,
    user: context.user,
    umask: process.umask(),
    now,
    jobOfToken: (token) => jobIdOfToken(db, token),
    findParent: (number) => findNumber(db, number),
  });
  const { token, args, env: variables } = submission;
  const count = prepared.indices?.length ?? 1;
  const id = takeNumbers(db, count);
  const job: QueueJob = { id, token, submittedAt: now, spec: prepared.spec, tasks: tasksOf(id, prepared) };
  insertJob(db, job, { script, args, variables, environment });
  return { id, isCut: prepared.isCut };
}

/** As under Slurm the last task of an array keeps the array's own number. */
function tasksOf(id: number, { indices, held }: PreparedJob): QueueTask[] {
  const fresh = { restarts: 0, state: { kind: 'pending', held } } as const;
  if (indices === undefined) return [{ ...fresh, rawId: id, index: undefined }];
  return indices.map((index, position) => ({
    ...fresh,
    rawId: position === indices.length - 1 ? id : id + 1 + position,
    index,
  }));
}

function environmentOf(env: EmbeddedContext['env']): { readonly hash: string; readonly json: string } {
  const entries = Object.entries(env).filter(([, value]) => value !== undefined);
  const json = JSON.stringify(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
  return { json, hash: createHash('sha256').update(json).digest('hex') };
}

/** The script as it is now: what is changed later does not change the job. */
function readScript({ script, cwd }: Submission): Uint8Array {
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) throw unreadable(`there is no directory ${cwd}`);
  try {
    return readFileSync(script);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'ELOOP'].includes(code)) throw error;
    throw unreadable(`the script ${script} cannot be read: ${code}`);
  }
}

function unreadable(message: string): SubmissionError {
  return new SubmissionError(message, { code: 'embedded.refused', hint: 'Check the path.' });
}
