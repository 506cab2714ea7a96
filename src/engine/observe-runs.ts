import type { ExitReceipt, ObserveQuery, Snapshot } from '../cluster/cluster.ts';
import { SrunxError } from '../core/errors.ts';
import { heldPart } from '../core/slurm/held-reason.ts';
import { parseTaskSet, type TaskSet } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { type TrackedJob, tokenOfRow } from '../core/slurm/observation-index.ts';
import {
  type Evidence,
  type Finding,
  resolveJobs,
  type SourceReply,
  sightedTokens,
} from '../core/slurm/resolve-jobs.ts';
import { readObservation, recordSubmission } from '../store/jobs.ts';
import { type Lease, transactUnder } from '../store/leases.ts';
import type { Store } from '../store/open-store.ts';
import { findRun, isOutdated, listRuns, noteSnapshot, setHandover } from '../store/runs.ts';
import { hasSubmittedJobs, openJobs, type SubmittedJob, sightedJobs } from '../store/submitted-jobs.ts';
import { transact } from '../store/transaction.ts';
import { awaitBudget } from './await-budget.ts';
import { driveRuns } from './drive-runs.ts';
import type { EngineContext } from './engine-context.ts';
import { isDeferred } from './next-window.ts';
import { isForeign } from './owner-of-run.ts';
import { readStoredRun } from './run-description.ts';
import { lasting, type Sight, settleRun } from './settle-run.ts';
import { sortRows } from './sort-rows.ts';
import { stopRuns } from './stop-runs.ts';

export interface Look {
  /** How many jobs' rows were written. */
  readonly changed: number;
  /** Why a source did not answer: the jobs that it may know are shown as they were seen last. */
  readonly stale: readonly string[];
}

/**
 * One look at the cluster for every open job of every run on it: one `squeue`; one `sacct` for those that left the
 * controller; the wrappers' receipts for those that nobody else remembers. A process that looks again and again does so under
 * the observer's lease, and only while something is open. Without a lease somebody asks just once and wants to hear of
 * requeued jobs, too. An error of the controller is thrown.
 */
export async function observeRuns(context: EngineContext, lease?: Lease): Promise<Look> {
  const look = await lookAtRuns(context, lease);
  const drive = await driveRuns(context, lease);
  // What is new on the cluster has not been seen yet.
  const again = drive.changed ? await lookAtRuns(context, lease) : { changed: 0, stale: [] };
  const stale = [...look.stale, ...drive.stale, ...again.stale];
  return { changed: look.changed + again.changed + (drive.changed ? 1 : 0), stale: [...new Set(stale)] };
}

/** What was begun is brought to its end by so many looks, or by the next one that somebody takes. */
const mostLooks = 3;

async function lookAtRuns(context: EngineContext, lease?: Lease, left = mostLooks): Promise<Look> {
  const { store, clusterId } = context;
  const isAsked = lease === undefined && listRuns(store, { clusterId, limit: 1 }).length > 0;
  const isWanted = isAsked || hasSubmittedJobs(store, clusterId);
  if (!isWanted) return { changed: 0, stale: [] };
  const { takenAt, jobs: snapshot } = await takeSnapshot(context);
  context.reach?.('look-taken');
  const { waiting, rows } = sortRows(snapshot);
  const open = openJobs(store, clusterId, waiting);
  const sighted = new Map([
    ...sightedTokens(rows),
    ...waiting.map(({ token, arrayJobId }) => [token, arrayJobId] as const),
  ]);
  for (const { token } of open) sighted.delete(token);
  const jobs = [...open, ...sightedJobs(store, { clusterId, sighted, waiting })];
  const { sight, stale } = await resolve(context, { jobs, snapshot });
  const changed = await record(context, { takenAt, jobs, sight, lease });
  context.reach?.('look-recorded');
  const stopped = await stopRuns(context);
  const look = { changed, stale: [...stale, ...stopped.stale] };
  if (!stopped.lookAgain || left <= 1) return look;
  const next = await lookAtRuns(context, lease, left - 1);
  return { changed: look.changed + next.changed, stale: [...look.stale, ...next.stale] };
}

/** Tasks that wait for different reasons share a row, which does not say whom of them somebody holds: then a row for each is asked for. */
async function takeSnapshot(context: EngineContext): Promise<Snapshot> {
  const scope = (await hasForeign(context)) ? 'all' : 'me';
  const snapshot = await ((scope === 'me' ? context.takeAhead?.() : undefined) ?? look(context, { scope }));
  const isVague = snapshot.jobs.some((row) => heldPart(row.reason) === 'some' && tokenOfRow(row) !== undefined);
  return isVague ? look(context, { scope, words: ['--array'] }) : snapshot;
}

async function look(context: EngineContext, query: Pick<ObserveQuery, 'scope' | 'words'>): Promise<Snapshot> {
  await awaitBudget(context);
  return context.cluster.observe({ ...query, signal: context.signal });
}

/** Whether jobs of another account are followed: only the whole table shows them. */
async function hasForeign({ store, cluster, clusterId, signal }: EngineContext): Promise<boolean> {
  const { user } = await cluster.identity(signal);
  return listRuns(store, { clusterId, open: true }).some((run) => isForeign(run, user));
}

/** The clocks of this machine and of the controller may differ; what is older than that belongs to a reused id. */
const clockSkewSeconds = 600;

function toTrackedJob({ token, jobId, name, createdAt, observed }: SubmittedJob, arrays: Arrays): TrackedJob {
  let known: JobObservation | undefined;
  return {
    token,
    jobId,
    name,
    tasks: arrays.get(token),
    notBefore: Math.floor(createdAt / 1000) - clockSkewSeconds,
    // Most rows of the controller say whose they are, so nobody asks.
    get known() {
      known ??= observed === undefined ? undefined : readObservation(observed);
      return known;
    },
  };
}

type Arrays = ReadonlyMap<string, TaskSet>;

/** By token, the tasks of jobs that are arrays. */
function arraysOf(store: Store, jobs: readonly SubmittedJob[]): Arrays {
  const plans = [...new Set(jobs.map(({ runId }) => runId))].map((runId) => findRun(store, runId)?.plan ?? '');
  const described = plans.flatMap((plan) => (plan.includes('"array":') ? readStoredRun(plan).jobs : []));
  return new Map(
    described.flatMap(({ token, array }) => {
      const tasks = array === undefined ? undefined : parseTaskSet(array);
      return tasks === undefined ? [] : [[token, tasks]];
    }),
  );
}

interface Question {
  readonly jobs: readonly SubmittedJob[];
  readonly snapshot: readonly JobObservation[];
}

async function resolve(
  context: EngineContext,
  { jobs, snapshot }: Question,
): Promise<{ readonly sight: Sight; readonly stale: readonly string[] }> {
  const arrays = arraysOf(context.store, jobs);
  const tracked = jobs.map((job) => toTrackedJob(job, arrays));
  let evidence: Evidence = { snapshot };
  for (;;) {
    const { findings, ask } = resolveJobs(tracked, evidence);
    if (ask.accounting.length > 0) evidence = { ...evidence, accounting: await askAccounting(context, ask.accounting) };
    else if (ask.receipts.length > 0)
      evidence = { ...evidence, receipts: await askReceipts(context, ask.receipts, jobs) };
    else
      return { sight: { findings, hasAccounting: evidence.accounting?.kind !== 'none' }, stale: messagesOf(findings) };
  }
}

function messagesOf(findings: ReadonlyMap<string, Finding>): readonly string[] {
  return [
    ...new Set([...findings.values()].flatMap((finding) => (finding.kind === 'unclear' ? [finding.message] : []))),
  ];
}

async function askAccounting(
  context: EngineContext,
  jobs: readonly TrackedJob[],
): Promise<SourceReply<JobObservation>> {
  const { cluster, signal } = context;
  const { accounting } = await cluster.capabilities(signal);
  if (!accounting) return { kind: 'none' };
  await awaitBudget(context);
  const since = Math.min(...jobs.map(({ notBefore }) => notBefore));
  return reply(cluster.accounting({ jobIds: jobs.map(({ jobId }) => jobId), since, history: true, signal }));
}

function askReceipts(
  { cluster, signal }: EngineContext,
  wanted: readonly TrackedJob[],
  jobs: readonly SubmittedJob[],
): Promise<SourceReply<ExitReceipt>> {
  const tokens = new Set(wanted.map(({ token }) => token));
  const directories = new Set(jobs.filter(({ token }) => tokens.has(token)).map(({ directory }) => directory));
  return reply(cluster.receipts([...directories], signal));
}

/** The controller has answered already: what else fails costs only what it would have told. */
async function reply<Row>(rows: Promise<readonly Row[]>): Promise<SourceReply<Row>> {
  try {
    return { kind: 'answered', rows: await rows };
  } catch (error) {
    if (error instanceof SrunxError) return { kind: 'failed', message: error.message };
    throw error;
  }
}

interface Result {
  readonly takenAt: number;
  readonly jobs: readonly SubmittedJob[];
  readonly sight: Sight;
  readonly lease: Lease | undefined;
}

/** A transaction per run, so that none is long; a look without news writes nothing. */
async function record(context: EngineContext, { takenAt, jobs, sight, lease }: Result): Promise<number> {
  const { store, clusterId, now } = context;
  const news = Map.groupBy(
    jobs.filter((job) => isNews(job, sight)),
    ({ runId }) => runId,
  );
  let changed = 0;
  for (const [runId, ofRun] of news) {
    const settle = () => {
      const time = { clusterId, takenAt, now: now() };
      if (isOutdated(store, time)) return 0;
      const adopted = adopt(store, runId, ofRun);
      const names = adopted ? undefined : ofRun.map(({ name }) => name);
      const written = settleRun(store, { runId, at: time.now, sight, news: names });
      if (written > 0) noteSnapshot(store, time);
      return written;
    };
    changed += (await (lease === undefined ? transact(store, settle) : transactUnder(store, lease, settle))) ?? 0;
  }
  return changed;
}

/**
 * A job that carries our token is ours, whether or not anybody was told its id. Then the hand-over got further than was thought, and is
 * to be looked into again: of the next window of a sweep it is not to be seen whether it was let go, and it waits for ever where
 * whoever submitted it was killed before that. Returns whether there was one.
 */
function adopt(store: Store, runId: string, jobs: readonly SubmittedJob[]): boolean {
  const unknown = jobs.filter(({ submission }) => submission !== 'submitted');
  for (const { token, jobId } of unknown) recordSubmission(store, { token, submission: 'submitted', jobId });
  const run = unknown.length === 0 ? undefined : findRun(store, runId);
  if (run !== undefined && (run.handover === 'interrupted' || isDeferred(store, run)))
    setHandover(store, runId, 'stopped');
  return unknown.length > 0;
}

function isNews(job: SubmittedJob, { findings }: Sight): boolean {
  const finding = findings.get(job.token);
  if (finding?.kind !== 'seen') return finding?.kind === 'vanished';
  // What has ended and is open all the same waits for what becomes of another job.
  if (finding.observation.state.terminal && !job.final) return true;
  return job.final || JSON.stringify(lasting(finding.observation)) !== job.observed;
}
