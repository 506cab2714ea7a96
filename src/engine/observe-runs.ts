import type { ExitReceipt } from '../cluster/cluster.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { observationFromReceipt } from '../core/slurm/observation-from-receipt.ts';
import { indexObservations, type ObservationIndex } from '../core/slurm/observation-index.ts';
import { type JobRow, jobsOfRun } from '../store/jobs.ts';
import { type Lease, transactUnder } from '../store/leases.ts';
import { takeRequest } from '../store/request-budget.ts';
import { isOutdated, listRuns, noteSnapshot, type RunRow } from '../store/runs.ts';
import { transact } from '../store/transaction.ts';
import type { EngineContext } from './engine-context.ts';
import { settleRun } from './settle-run.ts';

/**
 * One look at the cluster for every open job of every run on it: one `squeue`; one `sacct` for those that left the
 * controller; the wrappers' receipts for those that nobody else remembers. Returns how many jobs changed. A process that
 * looks again and again does so under the observer's lease.
 */
export async function observeRuns(context: EngineContext, lease?: Lease): Promise<number> {
  const runs = listRuns(context.store, { clusterId: context.clusterId, open: true });
  const open = runs.flatMap((run) => jobsOfRun(context.store, run.id).filter(isFollowed));
  const seen = new Map<string, JobObservation>();
  const vanished = new Set<string>();
  const absent = new Set<string>();
  const takenAt = open.length > 0 ? await lookAt(context, { runs, open, seen, vanished, absent }) : context.now();
  const { store, clusterId } = context;
  const canBeKnown = absent.size === 0 || (await context.cluster.capabilities(context.signal)).accounting;
  const settle = () => {
    if (isOutdated(store, { clusterId, takenAt })) return 0;
    let changed = 0;
    for (const run of runs) changed += settleRun(store, run.id, context.now(), { seen, vanished, absent, canBeKnown });
    // A look without news writes nothing.
    if (changed > 0) noteSnapshot(store, { clusterId, takenAt });
    return changed;
  };
  return (await (lease === undefined ? transact(store, settle) : transactUnder(store, lease, settle))) ?? 0;
}

function isFollowed(job: JobRow): boolean {
  return !job.final && job.jobId !== undefined;
}

interface Look {
  readonly runs: readonly RunRow[];
  readonly open: readonly JobRow[];
  /** Filled: the newest observation by token. */
  readonly seen: Map<string, JobObservation>;
  /** Filled: tokens that no source knows. */
  readonly vanished: Set<string>;
  /** Filled: those among them whose submission is long ago. */
  readonly absent: Set<string>;
}

/** Returns when the snapshot was taken. */
async function lookAt(context: EngineContext, { runs, open, seen, vanished, absent }: Look): Promise<number> {
  await waitForBudget(context);
  const snapshot = await context.cluster.observe({ scope: 'me', signal: context.signal });
  const gone = collect(open, indexObservations(snapshot.jobs), seen);
  if (gone.length === 0) return snapshot.takenAt;
  const since = Math.min(...runs.map(({ createdAt }) => Math.floor(createdAt / 1000))) - clockSkewSeconds;
  const records = await context.cluster.accounting({
    jobIds: gone.map(({ jobId = '' }) => jobId),
    since,
    signal: context.signal,
  });
  const ended = indexObservations(records.filter(({ submitTime }) => submitTime === undefined || submitTime >= since));
  const forgotten = collect(gone, ended, seen);
  if (forgotten.length === 0) return snapshot.takenAt;
  const directories = runs.filter(({ id }) => forgotten.some(({ runId }) => runId === id)).map((run) => run.directory);
  const receipts = await context.cluster.receipts(directories, context.signal);
  const createdAt = new Map(runs.map((run) => [run.id, run.createdAt]));
  for (const job of forgotten) {
    const silentMs = context.now() - (createdAt.get(job.runId) ?? 0);
    if (useReceipt(job, receipts, seen)) continue;
    vanished.add(job.token);
    if (silentMs > graceMs) absent.add(job.token);
  }
  return snapshot.takenAt;
}

/** Accounting shows a job up to several seconds late, and later when its database was down. */
const graceMs = 120_000;

/** The clocks of this machine and of the controller may differ; a record older than that belongs to a reused id. */
const clockSkewSeconds = 600;

/** Notes what the index knows of each job; returns those it does not know. */
function collect(jobs: readonly JobRow[], index: ObservationIndex, seen: Map<string, JobObservation>): JobRow[] {
  return jobs.filter((job) => {
    const observation = index.find({ jobId: job.jobId ?? '', token: job.token });
    if (observation !== undefined) seen.set(job.token, observation);
    return observation === undefined;
  });
}

/** True: the receipt tells the end. One that only tells the start is noted, and the job stays in question. */
function useReceipt(job: JobRow, receipts: readonly ExitReceipt[], seen: Map<string, JobObservation>): boolean {
  const receipt = receipts.find(({ token }) => token === job.token);
  if (receipt === undefined) return false;
  const { name, jobId = receipt.jobId, observation: known } = job;
  const observation = observationFromReceipt({ receipt, name, jobId, known });
  seen.set(job.token, observation);
  return observation.state.terminal;
}

async function waitForBudget(context: EngineContext): Promise<void> {
  if (context.cluster.kind === 'embedded') return;
  const waitMs = await takeRequest(context.store, context.clusterId, context.now());
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  context.signal?.throwIfAborted();
}
