import type { SubmissionBatch, SubmissionReport } from '../cluster/cluster.ts';
import { BugError, SrunxError } from '../core/errors.ts';
import { jobsOfRun } from '../store/jobs.ts';
import { acquireLease, type Lease, readLease, releaseLease } from '../store/leases.ts';
import type { Store } from '../store/open-store.ts';
import { findRun, listRuns, type RunRow } from '../store/runs.ts';
import { type EngineContext, mayReplaceDead } from './engine-context.ts';
import { isWindowUnderWay, nextStep } from './next-window.ts';
import type { Look } from './observe-runs.ts';
import { isForeign } from './owner-of-run.ts';
import { handoverLease, recordReport } from './record-report.ts';
import { handoversOf, type RunHandover } from './run-description.ts';

/**
 * Finishes hand-overs whose process died: asks the plan directory how far each got and, where work is left, starts the
 * hand-over again; its claims see to it that nothing is submitted twice. A run that cannot be looked into does not keep the
 * others from it. An observer that looks every few seconds leaves alone what only a person can decide.
 */
export async function recoverRuns(context: EngineContext, observer?: Lease): Promise<Look> {
  const unfinished = unfinishedHandovers(context);
  const stale = new Set<string>();
  let changed = 0;
  for (const run of unfinished) {
    if (observer !== undefined && isUndecided(context.store, run.id)) continue;
    // Nobody submits the next window before its end; somebody who looks just once may not have heard of that yet.
    if (observer !== undefined && isWindowUnderWay(context.store, run)) continue;
    try {
      if (await recoverRun(context, run)) changed += 1;
    } catch (error) {
      if (!(error instanceof SrunxError) || error.kind === 'bug') throw error;
      stale.add(error.message);
    }
  }
  return { changed, stale: [...stale] };
}

/** Runs of which something is still to be submitted, or to be found out. */
export function unfinishedHandovers({
  store,
  clusterId,
}: Pick<EngineContext, 'store' | 'clusterId'>): readonly RunRow[] {
  return listRuns(store, { clusterId, open: true }).filter(
    ({ handover }) => handover === 'planned' || handover === 'running' || handover === 'stopped',
  );
}

/**
 * The hand-over stands still because it could not be told, in all the time there was, whether the cluster has one of its
 * submissions. What was submitted before is held, and what comes after waits: only a person can go on.
 */
export function isUndecided(store: Store, runId: string): boolean {
  const isStopped = findRun(store, runId)?.handover === 'stopped';
  return isStopped && jobsOfRun(store, runId).some(({ submission }) => submission === 'unknown');
}

/** Between the first and the last file of a plan directory lie milliseconds; the clocks of two hosts may differ by more. */
const startGraceMs = 120_000;

/** Whether anything came of it. */
async function recoverRun(context: EngineContext, run: RunRow): Promise<boolean> {
  const { store, cluster } = context;
  const wasStartedHere = readLease(store, handoverLease(run.id)) !== undefined;
  const lease = await acquireLease(store, {
    name: handoverLease(run.id),
    holder: context.holder,
    mayReplace: mayReplaceDead(context),
  });
  if (lease === undefined) return false;
  try {
    const { batch, report } = await inspectHandovers(context, run);
    context.reach?.('recovery-inspected');
    const { user } = await cluster.identity(context.signal);
    // What another account may not see is not absent.
    if (report.phase === 'absent' && isForeign(run, user)) return false;
    // Another host may be writing the directory at this moment; of a process of this host the lease says that it is dead.
    if (report.phase === 'absent' && !wasStartedHere && context.now() - run.createdAt < startGraceMs) return false;
    const changed = await recordReport(context, { runId: run.id, lease, report });
    const step = await stepOf(context, { run, report });
    // It would submit somebody else's jobs under this account.
    if (step === 'wait' || isForeign(run, user)) return changed;
    const options = { signal: context.signal, opens: report.deferred?.window };
    const resumed = await (step === 'end'
      ? cluster.withdraw(batch, options)
      : cluster.resumeSubmission(batch, options));
    context.reach?.('recovery-resumed');
    await recordReport(context, { runId: run.id, lease, report: resumed });
    return true;
  } finally {
    await releaseLease(store, lease);
  }
}

async function stepOf(
  context: EngineContext,
  { run, report }: { readonly run: RunRow; readonly report: SubmissionReport },
): Promise<ReturnType<typeof nextStep>> {
  const { deferred, phase } = report;
  if (deferred === undefined) return phase === 'stopped' && !isUnresolved(report) ? 'open' : 'wait';
  const step = nextStep(context.store, run, deferred);
  const isEnded = step === 'open' && deferred.relay !== undefined && (await isCancelled(context, run, deferred.relay));
  return isEnded ? 'end' : step;
}

/** Who has cancelled all of a sweep by Slurm's own means does not want the rest of it either. */
async function isCancelled({ cluster, signal }: EngineContext, run: RunRow, jobId: string): Promise<boolean> {
  const { jobs } = await cluster.observe({ scope: 'me', signal });
  const seen = jobs.find(({ rawId }) => rawId === jobId);
  if (seen !== undefined) return seen.state.status === 'CANCELLED';
  const { accounting } = await cluster.capabilities(signal);
  const since = Math.floor(run.createdAt / 1000);
  const records = accounting ? await cluster.accounting({ jobIds: [jobId], since, signal }) : [];
  return records.some(({ state }) => state.status === 'CANCELLED');
}

/** A claim without a receipt cannot be passed over: whether Slurm has that job is for the next look, or for a person. */
function isUnresolved({ outcomes }: SubmissionReport): boolean {
  return [...outcomes.values()].some(({ kind }) => kind === 'unknown');
}

type KnownBatch = Pick<SubmissionBatch, 'directory' | 'submissions'>;

/** What is known of all hand-overs of a run, and the one of them that may have to go on. */
async function inspectHandovers(
  { cluster, signal }: EngineContext,
  run: RunRow,
): Promise<{ readonly batch: KnownBatch; readonly report: SubmissionReport }> {
  const looks: { readonly batch: KnownBatch; readonly report: SubmissionReport }[] = [];
  for (const handover of handoversOf(run)) {
    const batch = batchOf(handover);
    looks.push({ batch, report: await cluster.inspectSubmission(batch, signal) });
  }
  const isOpen = ({ report: { phase } }: (typeof looks)[number]) =>
    phase === 'running' || phase === 'stopped' || phase === 'deferred';
  const current = looks.find(isOpen) ?? looks.at(-1);
  if (current === undefined) throw new BugError(`run ${run.id} has no hand-over`, { code: 'bug.handover' });
  const outcomes = new Map(looks.flatMap(({ report }) => [...report.outcomes]));
  return { batch: current.batch, report: { ...current.report, outcomes } };
}

/** The tokens are enough: options, scripts and edges are in the hand-over script on the cluster. */
export function batchOf({ directory, tokens }: RunHandover): KnownBatch {
  const nothing = { script: '', args: [], options: [], dependencies: [], env: {}, cwd: '/' } as const;
  return { directory, submissions: tokens.map((token) => ({ token, ...nothing })) };
}
