import type { SubmissionBatch, SubmissionReport } from '../cluster/cluster.ts';
import { BugError } from '../core/errors.ts';
import { insertJob, recordSubmission } from '../store/jobs.ts';
import { acquireLease, type Lease, releaseLease, transactUnder } from '../store/leases.ts';
import { insertRun, type RunRow, setHandover } from '../store/runs.ts';
import { type EngineContext, mayReplaceDead } from './engine-context.ts';
import { settleRun } from './settle-run.ts';

export interface NewRun extends Omit<RunRow, 'clusterId' | 'handover'> {
  readonly batch: SubmissionBatch;
  /** Job names in the order of the batch's submissions. */
  readonly jobNames: readonly string[];
}

export interface StartOptions {
  /** From here on the run is not forgotten, whatever happens. */
  readonly onRecorded?: ((runId: string) => void) | undefined;
  readonly onSubmitted?: ((name: string, jobId: string) => void) | undefined;
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
  const { store, cluster, clusterId } = context;
  // First, so that nobody takes the fresh run for an abandoned one.
  const lease = await acquireLease(store, {
    name: handoverLease(run.id),
    holder: context.holder,
    mayReplace: mayReplaceDead(context),
  });
  if (lease === undefined) throw new BugError(`the new run ${run.id} belongs to somebody`, { code: 'bug.run_taken' });
  try {
    await transactUnder(store, lease, () => {
      insertRun(store, { ...run, clusterId, handover: 'planned' });
      run.batch.submissions.forEach(({ token }, ordinal) => {
        insertJob(store, { runId: run.id, ordinal, name: run.jobNames[ordinal] ?? token, token });
      });
    });
    options.onRecorded?.(run.id);
    const nameOf = new Map(run.batch.submissions.map(({ token }, index) => [token, run.jobNames[index] ?? token]));
    const report = await cluster.submit(run.batch, {
      signal: context.signal,
      onSubmitted: (token, jobId) => options.onSubmitted?.(nameOf.get(token) ?? token, jobId),
    });
    await recordReport(context, { runId: run.id, lease, report });
    return report;
  } finally {
    await releaseLease(store, lease);
  }
}

/** Held while a process hands a run over, so that no other tries to finish it meanwhile. */
export function handoverLease(runId: string): string {
  return `handover:${runId}`;
}

export interface HandoverReport {
  readonly runId: string;
  /** The hand-over's. */
  readonly lease: Lease;
  readonly report: SubmissionReport;
}

/** Writes what is known of a hand-over into the store, and the transitions that follow from it. */
export async function recordReport(context: EngineContext, { runId, lease, report }: HandoverReport): Promise<void> {
  const { store } = context;
  await transactUnder(store, lease, () => {
    // Nothing in the plan directory, and nobody who would still fill it: the run ended before it began.
    setHandover(store, runId, report.phase === 'absent' ? 'interrupted' : report.phase);
    for (const [token, outcome] of report.outcomes) {
      recordSubmission(store, {
        token,
        submission: outcome.kind,
        jobId: 'jobId' in outcome ? outcome.jobId : undefined,
        message: outcome.kind === 'refused' ? outcome.message : undefined,
      });
    }
    settleRun(store, runId, context.now());
  });
}
