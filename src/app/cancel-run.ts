import type { CancelOutcome, SubmissionReport } from '../cluster/cluster.ts';
import { StorageError } from '../core/errors.ts';
import { arrayOfTask, indexOfTask } from '../core/slurm/task-token.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import { lookIntoHandover } from '../engine/look-into-handover.ts';
import { passOnTurns } from '../engine/pass-on-turns.ts';
import { readStoredRun } from '../engine/run-description.ts';
import { type JobRow, jobsOfRun } from '../store/jobs.ts';
import type { RunRow } from '../store/runs.ts';
import { transact } from '../store/transaction.ts';
import { recordLastTry } from '../store/tries.ts';
import type { AppContext } from './app-context.ts';
import { sendCancel } from './cancel-tasks.ts';
import { requireJobsNamed } from './choose-run-jobs.ts';
import { currentRow, findRunNamed } from './find-run.ts';
import { awaitHandover, engineOfRun, isHandoverOpen, look } from './run-at-hand.ts';
import { type JobStatusView, type RunStatusView, viewRun } from './run-status-view.ts';

export interface CancelRunRequest {
  /** An id, the beginning of one, or the path of a plan directory. */
  readonly word: string | undefined;
  /** Names or patterns; none: the whole run. */
  readonly jobs: readonly string[];
  /** Which of its jobs, where that is not a matter of their names. */
  readonly choose?: ((run: RunStatusView) => readonly JobStatusView[]) | undefined;
  /** Only to be shown: nothing is ended. */
  readonly preview: boolean;
}

/** What became of one job of a run. */
export interface JobCancelResult {
  readonly name: string;
  readonly jobId: string | undefined;
  /** `withdrawn`: it was never submitted, and will not be. */
  readonly outcome: CancelOutcome | 'withdrawn';
  readonly state?: string | undefined;
  readonly message?: string | undefined;
}

export interface CancelledRun {
  readonly run: RunStatusView;
  /** Those that are meant and had not ended before. */
  readonly open: readonly JobStatusView[];
  /** In the order of the run; of a preview, nothing. */
  readonly results: readonly JobCancelResult[];
}

/**
 * Ends a run, or some of its jobs. A whole run is first kept from being handed over any further, then all that is left of it is
 * cancelled at once, children before their parents: what waits for the end of another must not begin because of this.
 */
export async function cancelRun(context: AppContext, request: CancelRunRequest): Promise<CancelledRun> {
  const { run: row } = await findRunNamed(context, request.word);
  const engine = await engineOfRun(context, row, 'cancelled');
  const isWhole = request.jobs.length === 0 && request.choose === undefined;
  const report = await settleHandover(context, { engine, row, isWhole, preview: request.preview });
  context.reach?.('cancel-marked');
  await look(engine);
  const run = viewRun(engine.store, currentRow(engine.store, row));
  const chosen = request.choose?.(run) ?? requireJobsNamed(run, request.jobs);
  const open = chosen.filter(({ final }) => !final);
  if (request.preview) return { run, open, results: [] };
  const rows = new Map(jobsOfRun(engine.store, row.id).map((job) => [job.name, withReport(job, report)]));
  const facing = chosen.flatMap(({ name }) => rows.get(name) ?? []);
  const left = facing.filter(({ final }) => !final);
  await keepFromRetrying(engine, left);
  if (!isWhole) await keepTurns(context, { engine, row, run, meant: new Set(left.map(({ name }) => name)) });
  const results = await cancelJobs(context, { engine, row, jobs: left });
  // Of a whole run, what had ended before is not worth a line each.
  const shown = isWhole && report === undefined ? facing.filter(({ name }) => results.has(name)) : facing;
  const named = shown.map((job) => takenBack(results.get(job.name) ?? endedBefore(job), report));
  const leftOut = isWhole ? [] : chosen.filter(({ name }) => !rows.has(name));
  return { run, open, results: [...named, ...leftOut.map(endedBefore)] };
}

interface Meant {
  readonly engine: EngineContext;
  readonly row: RunRow;
  readonly run: RunStatusView;
  /** Names of jobs. */
  readonly meant: ReadonlySet<string>;
}

/** Where cells of a sweep take turns, a cell that is cancelled before its own must not let the next one begin. */
async function keepTurns({ signal }: AppContext, { engine, row, run, meant }: Meant): Promise<void> {
  const description = readStoredRun(row.plan);
  await engine.cluster.waiting?.redirect(passOnTurns(description, { jobs: run.jobs, meant }), signal);
}

/** Those that srunx would submit again, were they to fail. */
async function keepFromRetrying({ store }: EngineContext, jobs: readonly JobRow[]): Promise<void> {
  try {
    await transact(store, () => {
      for (const job of jobs) recordLastTry(store, { runId: job.runId, ordinal: job.ordinal });
    });
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
  }
}

interface HandoverRequest {
  readonly engine: EngineContext;
  readonly row: RunRow;
  readonly isWhole: boolean;
  readonly preview: boolean;
}

/** What is known of a hand-over that was not complete; of a complete one, all stands in the store. */
async function settleHandover(
  context: AppContext,
  { engine, row, isWhole, preview }: HandoverRequest,
): Promise<SubmissionReport | undefined> {
  if (!isHandoverOpen(engine, row)) return undefined;
  if (isWhole || preview) return lookIntoHandover(engine, { run: row, withdraw: !preview });
  // The others are to run: what was begun is brought to its end first.
  await awaitHandover(context, { engine, row });
  return undefined;
}

/** With what the hand-over has just said: another process may be about to write that down. */
function withReport(job: JobRow, report: SubmissionReport | undefined): JobRow {
  if (report === undefined || job.jobId !== undefined) return job;
  // Of the array of a sweep's task.
  const task = indexOfTask(job.token);
  const outcome = report.outcomes.get(arrayOfTask(job.token));
  if (outcome?.kind === 'submitted') {
    return { ...job, submission: 'submitted', jobId: task === undefined ? outcome.jobId : `${outcome.jobId}_${task}` };
  }
  // Where the plan is not even written yet, it will be heeded when it is.
  const isWithdrawn = outcome?.kind === 'withdrawn' || report.phase === 'absent';
  return isWithdrawn ? { ...job, submission: 'withdrawn' } : job;
}

/** Until a hand-over is complete nothing starts: what is cancelled by then, the hand-over itself has taken back just now. */
function takenBack(result: JobCancelResult, report: SubmissionReport | undefined): JobCancelResult {
  const isOurs =
    report !== undefined && result.outcome === 'already_finished' && /^(?:cancelled|skipped)/i.test(result.state ?? '');
  return isOurs && result.jobId !== undefined ? { ...result, outcome: 'cancelled' } : result;
}

interface Cancellation {
  readonly engine: EngineContext;
  readonly row: RunRow;
  /** Parents before children. */
  readonly jobs: readonly JobRow[];
}

async function cancelJobs(
  context: AppContext,
  { engine, row, jobs }: Cancellation,
): Promise<ReadonlyMap<string, JobCancelResult>> {
  const there = jobs.filter(isThere);
  const said = await sendCancel(engine, { row, jobs: there });
  engine.reach?.('cancel-sent');
  const results = new Map(jobs.map((job) => [job.name, notThere(job)]));
  for (const { results: known } of said) for (const result of known) results.set(result.name, result);
  const cancelled = there.filter(({ name }) => ['cancelled', 'signalled'].includes(results.get(name)?.outcome ?? ''));
  if (cancelled.length > 0) await keepCancelled(context, { engine, row, jobs: cancelled });
  const after = new Map(jobsOfRun(engine.store, row.id).map((job) => [job.name, job]));
  // Of an array it is said what became of it as a whole: the last look knows more.
  for (const { results: known } of said) {
    if (known.length > 1) for (const result of known) results.set(result.name, refined(result, after.get(result.name)));
  }
  return results;
}

function refined(result: JobCancelResult, now: JobRow | undefined): JobCancelResult {
  if (now?.final !== true) return result;
  const wasCancelled = now.state === 'cancelled' || now.state === 'skipped';
  return { ...result, outcome: wasCancelled ? 'cancelled' : 'already_finished', state: now.observation?.state.raw };
}

/** The cluster has it under our token: an id alone may be another job's by now. */
function isThere({ jobId, missingSince }: JobRow): boolean {
  return jobId !== undefined && missingSince === undefined;
}

function notThere({ name, jobId, submission }: JobRow): JobCancelResult {
  if (jobId !== undefined) {
    return {
      name,
      jobId,
      outcome: 'already_finished',
      message: 'neither the queue nor the accounting knows it any more',
    };
  }
  if (submission === 'unknown') {
    const message = 'whether it was submitted cannot be told yet; cancel again in two minutes';
    return { name, jobId, outcome: 'failed', message };
  }
  const message = 'it is not submitted yet; cancel again when it is';
  return submission === 'waiting' ? { name, jobId, outcome: 'failed', message } : { name, jobId, outcome: 'withdrawn' };
}

type EndedJob = Pick<JobStatusView, 'name' | 'jobId'> & { readonly state: string };

/** A job that had ended, or never was one. */
function endedBefore({ name, jobId, state }: EndedJob): JobCancelResult {
  return { name, jobId, outcome: state === 'withdrawn' ? 'withdrawn' : 'already_finished', state };
}

/** So long a wrapper may be on its way to put its job back into the queue. */
const requeuePauseMs = 1_500;

/**
 * Writes down what became of them. A job that retries itself may ask for that in the very moment in which it is cancelled: Slurm
 * takes it back into the queue even then. Asked once more while it has not ended, it lets it go.
 */
async function keepCancelled(context: AppContext, { engine, row, jobs }: Cancellation): Promise<void> {
  const { jobs: described } = readStoredRun(row.plan);
  const retried = new Set(
    jobs.filter(({ ordinal }) => described[ordinal]?.options.includes('--requeue')).map(({ name }) => name),
  );
  await look(engine);
  for (let round = 0; round < 2; round += 1) {
    const left = jobsOfRun(engine.store, row.id).filter(({ name, final }) => retried.has(name) && !final);
    if (left.length === 0) return;
    await context.sleep(requeuePauseMs);
    await sendCancel(engine, { row, jobs: left });
    await look(engine);
  }
}
