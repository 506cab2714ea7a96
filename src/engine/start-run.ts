import type { SubmissionBatch, SubmissionReport } from '../cluster/cluster.ts';
import { BugError, ConnectionError, SrunxError } from '../core/errors.ts';
import { insertJob } from '../store/jobs.ts';
import { acquireLease, type Lease, releaseLease, transactUnder } from '../store/leases.ts';
import type { Store } from '../store/open-store.ts';
import { insertRun, type RunRow } from '../store/runs.ts';
import { recordScript } from '../store/scripts.ts';
import { toNewJob, userScriptPath } from './describe-run.ts';
import { type EngineContext, mayReplaceDead } from './engine-context.ts';
import { handoverLease, recordReport } from './record-report.ts';
import { readStoredRun } from './run-description.ts';
import { toScriptText } from './script-text.ts';

export interface NewRun extends Omit<RunRow, 'clusterId' | 'handover'> {
  readonly batch: SubmissionBatch;
  /** Job names in the order of the batch's submissions. */
  readonly jobNames: readonly string[];
  /** By names of jobs: their scripts, where they are no files of the batch. */
  readonly scripts?: ReadonlyMap<string, string> | undefined;
}

export interface StartOptions {
  /** From here on the run is not forgotten, whatever happens. */
  readonly onRecorded?: ((runId: string) => void) | undefined;
  readonly onSubmitted?: ((name: string, jobId: string) => void) | undefined;
  /** Awaited when all is written: nothing is submitted before, unless this process ends and another one goes on. */
  readonly beforeSubmission?: (() => Promise<void>) | undefined;
}

/**
 * Records a run with its tokens, then hands it over. From the record on, any process can finish what this one begins;
 * before it, nothing has been sent anywhere.
 */
export async function startRun(
  context: EngineContext,
  run: NewRun,
  options: StartOptions = {},
): Promise<SubmissionReport> {
  const { store, clusterId } = context;
  // First, so that nobody takes the fresh run for an abandoned one.
  const lease = await acquireLease(store, {
    name: handoverLease(run.id),
    holder: context.holder,
    mayReplace: mayReplaceDead(context),
  });
  if (lease === undefined) throw taken(run.id);
  try {
    const isRecorded = await transactUnder(store, lease, () => {
      insertRun(store, { ...run, clusterId, handover: 'planned' });
      insertJobs(store, run);
      return true;
    });
    if (isRecorded !== true) throw taken(run.id);
    return await handOverRecorded(context, { run, lease, options });
  } finally {
    await releaseLease(store, lease);
  }
}

/** With their scripts, so that a search finds them. Runs inside the caller's transaction. */
function insertJobs(store: Store, { plan, batch, directory, scripts }: NewRun): void {
  const description = readStoredRun(plan);
  const contents = new Map(batch.files.map(({ path, content }) => [path, content]));
  description.jobs.forEach((job, ordinal) => {
    const row = toNewJob(description, ordinal);
    insertJob(store, row);
    const content = contents.get(userScriptPath(directory, job)) ?? scripts?.get(job.name);
    if (content !== undefined) recordScript(store, row, toScriptText(content));
  });
}

function taken(runId: string): BugError {
  return new BugError(`the new run ${runId} belongs to somebody`, { code: 'bug.run_taken' });
}

interface HandOver {
  readonly run: Pick<NewRun, 'id' | 'batch' | 'jobNames'>;
  readonly lease: Lease;
  readonly options: StartOptions;
}

/** Submits what has just been recorded, and writes down what came of it. */
export async function handOverRecorded(context: EngineContext, handover: HandOver): Promise<SubmissionReport> {
  const { run, lease, options } = handover;
  context.reach?.('run-recorded');
  options.onRecorded?.(run.id);
  const report = await handOver(context, handover);
  context.reach?.('handover-answered');
  await recordReport(context, { runId: run.id, lease, report });
  context.reach?.('handover-recorded');
  return report;
}

async function handOver(context: EngineContext, { run, lease, options }: HandOver): Promise<SubmissionReport> {
  const { cluster, signal } = context;
  const { batch } = run;
  const nameOf = new Map(batch.submissions.map(({ token }, index) => [token, run.jobNames[index] ?? token]));
  const onSubmitted = (token: string, jobId: string) => options.onSubmitted?.(nameOf.get(token) ?? token, jobId);
  try {
    const { reach } = context;
    const { beforeSubmission } = options;
    const onWritten = () => {
      reach?.('plan-written');
      return beforeSubmission?.();
    };
    const onStarted = () => reach?.('handover-started');
    // To hear of it may cost a round trip.
    const isHeard = reach !== undefined || beforeSubmission !== undefined;
    return await cluster.submit(batch, { signal, onSubmitted, onStarted, ...(isHeard ? { onWritten } : {}) });
  } catch (error) {
    // An interrupt ends the watching, not the hand-over. After a failure the list is to say at once how far it got; where not even
    // that can be found out, the next command will.
    if (signal?.aborted === true) throw error;
    const known = await cluster.inspectSubmission(batch, signal).catch(() => undefined);
    const report = known?.phase === 'absent' ? unwritten(batch, error) : known;
    if (report !== undefined) await recordReport(context, { runId: run.id, lease, report });
    throw withWayBack(error, known?.phase === 'absent' ? undefined : run.id);
  }
}

/** A connection that was lost in the middle says nothing of the run. `undefined`: nothing of it is there. */
function withWayBack(error: unknown, runId: string | undefined): unknown {
  if (!(error instanceof ConnectionError) || error.code !== 'ssh.connection_lost') return error;
  const { message, code, detail } = error;
  const hint =
    runId === undefined
      ? 'Nothing was submitted: run it again.'
      : `\`srunx flow status ${runId}\` says what became of it, and goes on with it; nothing is submitted twice.`;
  return new ConnectionError(message, { code, hint, cause: error, ...(detail === undefined ? {} : { detail }) });
}

/** Not even the plan directory could be written: the cluster was asked for nothing, and the jobs say why. */
function unwritten({ submissions }: SubmissionBatch, error: unknown): SubmissionReport {
  const words = error instanceof SrunxError ? [error.message, error.detail] : [String(error)];
  const outcome = { kind: 'withdrawn', message: words.filter(Boolean).join('\n') } as const;
  return { phase: 'absent', outcomes: new Map(submissions.map(({ token }) => [token, outcome])) };
}
