import type { SubmissionBatch, SubmissionReport } from '../cluster/cluster.ts';
import { RefusedError } from '../core/errors.ts';
import { insertJob } from '../store/jobs.ts';
import { acquireLease, releaseLease, transactUnder } from '../store/leases.ts';
import type { Store } from '../store/open-store.ts';
import { findRun, type RunRow, setHandover, setPlan } from '../store/runs.ts';
import { reopenJob } from '../store/tries.ts';
import { type RunDescription, toNewJob } from './describe-run.ts';
import { type EngineContext, mayReplaceDead } from './engine-context.ts';
import { handoverLease } from './record-report.ts';
import { readStoredRun } from './run-description.ts';
import { handOverRecorded, type StartOptions } from './start-run.ts';

export interface Growth {
  /** As it was when this was planned. */
  readonly run: RunRow;
  /** As it is to be stored, with what is added. */
  readonly plan: string;
  readonly batch: SubmissionBatch;
  /** Job names in the order of the batch's submissions. */
  readonly jobNames: readonly string[];
}

/**
 * Adds to a sweep that was handed over before, and hands that over. What was there stays; a job that is there already runs again. Like
 * a new run, it is recorded first: from then on any process can finish it.
 */
export async function growRun(
  context: EngineContext,
  growth: Growth,
  options: StartOptions = {},
): Promise<SubmissionReport> {
  const { store, holder, now } = context;
  const { run, plan, batch, jobNames } = growth;
  const name = handoverLease(run.id);
  const lease = await acquireLease(store, { name, holder, mayReplace: mayReplaceDead(context) });
  if (lease === undefined) throw changed(run.id);
  try {
    const isRecorded = await transactUnder(store, lease, () => {
      const current = findRun(store, run.id);
      if (current?.plan !== run.plan || !isComplete(current)) return false;
      setPlan(store, run.id, plan);
      setHandover(store, run.id, 'planned');
      recordJobs(store, { before: readStoredRun(run.plan), after: readStoredRun(plan), at: now() });
      return true;
    });
    if (isRecorded !== true) throw changed(run.id);
    return await handOverRecorded(context, { run: { id: run.id, batch, jobNames }, lease, options });
  } finally {
    await releaseLease(store, lease);
  }
}

/** Nothing of it is still to be handed over. */
export function isComplete({ handover }: Pick<RunRow, 'handover'>): boolean {
  return handover === 'done' || handover === 'refused' || handover === 'interrupted';
}

interface Recording {
  readonly before: RunDescription;
  readonly after: RunDescription;
  /** Epoch ms. */
  readonly at: number;
}

/** What is new of it, and what runs once more. Runs inside the caller's transaction. */
export function recordJobs(store: Store, { before, after, at }: Recording): void {
  after.jobs.forEach(({ token }, ordinal) => {
    const known = before.jobs[ordinal];
    if (known === undefined) insertJob(store, toNewJob(after, ordinal));
    else if (known.token !== token) reopenJob(store, { runId: after.id, ordinal, token, at });
  });
}

function changed(runId: string): RefusedError {
  return new RefusedError(`sweep ${runId} has changed in the meantime; nothing was submitted`, {
    code: 'sweep.changed',
    hint: 'Another srunx has added to it or is handing it over: look at it, and try again.',
  });
}
