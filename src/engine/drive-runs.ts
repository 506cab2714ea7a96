import type { ExitReceipt } from '../cluster/cluster.ts';
import { SrunxError } from '../core/errors.ts';
import { firstToken, tokenOfTry } from '../core/slurm/try-token.ts';
import { type NextTry, nextTry } from '../core/workflow/next-try.ts';
import { type JobRow, jobsOfRun } from '../store/jobs.ts';
import { type Lease, transactUnder } from '../store/leases.ts';
import { listRuns, type RunRow } from '../store/runs.ts';
import { transact } from '../store/transaction.ts';
import { recordLastTry, recordTry } from '../store/tries.ts';
import type { DescribedJob } from './describe-run.ts';
import { directChildren } from './direct-children.ts';
import type { EngineContext } from './engine-context.ts';
import { isForeign } from './owner-of-run.ts';
import { readStoredRun } from './run-description.ts';
import { isBadEnd, settleRun } from './settle-run.ts';
import { submitTry } from './submit-try.ts';

export interface Drive {
  /** Something new is known, so that another look is worth while. */
  readonly changed: boolean;
  /** Why something could not be done; the next look tries again. */
  readonly stale: readonly string[];
}

/**
 * Goes on with runs whose jobs cannot put themselves back into the queue: decides about each that ended badly, and, under the
 * observer's lease, submits it again and directs what waits for it. A single look, without a lease, changes nothing on the cluster.
 */
export async function driveRuns(context: EngineContext, observer: Lease | undefined): Promise<Drive> {
  const { store, clusterId, cluster, signal } = context;
  const stale: string[] = [];
  let changed = false;
  for (const run of listRuns(store, { clusterId, open: true })) {
    // A plan may have megabytes.
    if (!run.plan.includes('"retriedBy":"srunx"')) continue;
    // Somebody else's run is looked at, and driven by its owner.
    const { user } = await cluster.identity(signal);
    const lease = isForeign(run, user) ? undefined : observer;
    try {
      const { jobs } = readStoredRun(run.plan);
      if (await decideTries(context, { run, jobs, lease })) changed = true;
      if (lease !== undefined) await directChildren(context, { run, jobs, lease });
    } catch (error) {
      if (!(error instanceof SrunxError) || error.kind === 'bug') throw error;
      stale.push(error.message);
    }
  }
  return { changed, stale };
}

export interface DrivenRun {
  readonly run: RunRow;
  readonly jobs: readonly DescribedJob[];
  readonly lease: Lease | undefined;
}

/** Whether anything came of it. */
async function decideTries(context: EngineContext, driven: DrivenRun): Promise<boolean> {
  const { store, cluster, signal } = context;
  const { run, jobs } = driven;
  const undecided = jobsOfRun(store, run.id).filter(
    ({ ordinal, final, tried, observation }) =>
      jobs[ordinal]?.retriedBy === 'srunx' && !final && !tried && isBadEnd(observation),
  );
  if (undecided.length === 0) return false;
  const receipts = new Map((await cluster.receipts([run.directory], signal)).map((one) => [one.token, one]));
  let changed = false;
  for (const row of undecided) {
    const receipt = receipts.get(firstToken(row.token));
    if (await decideTry(context, driven, { row, receipt })) changed = true;
  }
  return changed;
}

interface EndedJob {
  readonly row: JobRow;
  readonly receipt: ExitReceipt | undefined;
}

async function decideTry(context: EngineContext, driven: DrivenRun, { row, receipt }: EndedJob): Promise<boolean> {
  const { jobs, lease } = driven;
  const { token, jobId, observation, tries } = row;
  const job = jobs[row.ordinal];
  if (job === undefined || jobId === undefined || observation === undefined) return false;
  // Another process has submitted it again, and this one never heard of it.
  const known = receipt?.jobIds.indexOf(jobId) ?? -1;
  const later = known < 0 ? undefined : receipt?.jobIds.at(-1);
  if (receipt !== undefined && later !== undefined && later !== jobId) {
    const number = tries + receipt.jobIds.length - 1 - known;
    return write(context, driven, () =>
      recordTry(context.store, { ...row, number, token: tokenOfTry(token, number), jobId: later }),
    );
  }
  const next = nextTry(job, { token, jobId, state: observation.state, receipt });
  if (next === undefined) return write(context, driven, () => settleAs(context, row));
  if (lease === undefined) return false;
  return submitNext(context, driven, { row, next });
}

async function submitNext(
  context: EngineContext,
  driven: DrivenRun,
  { row, next }: { readonly row: JobRow; readonly next: NextTry },
): Promise<boolean> {
  context.reach?.('try-chosen');
  const submitted = await submitTry(context, { run: driven.run, row, next });
  if ('refusal' in submitted) return write(context, driven, () => settleAs(context, row, submitted.refusal));
  const number = row.tries + 1;
  const { jobId, token } = submitted;
  context.reach?.('try-submitted');
  // Before it is written down: should this process end here, the next one comes by once more, and is told the same id.
  await directChildren(context, { ...driven, moved: { ordinal: row.ordinal, jobId } });
  context.reach?.('children-directed');
  const isNew = await write(context, driven, () => recordTry(context.store, { ...row, number, token, jobId }));
  context.reach?.('try-recorded');
  return isNew;
}

/** The end that was seen is the job's end. */
function settleAs({ store, now }: EngineContext, { runId, ordinal }: JobRow, message?: string): boolean {
  recordLastTry(store, { runId, ordinal, message });
  return settleRun(store, { runId, at: now() }) > 0;
}

async function write({ store }: EngineContext, { lease }: DrivenRun, work: () => boolean): Promise<boolean> {
  return (await (lease === undefined ? transact(store, work) : transactUnder(store, lease, work))) ?? false;
}
