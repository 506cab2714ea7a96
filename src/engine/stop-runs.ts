import { SrunxError } from '../core/errors.ts';
import { firstToken } from '../core/slurm/try-token.ts';
import { type EngineState, isFailure } from '../core/workflow/run-state.ts';
import { stopRule } from '../core/workflow/stop-rule.ts';
import { type JobRow, jobsOfRun } from '../store/jobs.ts';
import { listRuns, type RunRow } from '../store/runs.ts';
import type { EngineContext } from './engine-context.ts';
import { isForeign } from './owner-of-run.ts';
import { readStoredRun } from './run-description.ts';
import { beforeEnd, mayStopSweep, orphanOrders, sweepOrders } from './stop-sweeps.ts';

export interface Stopped {
  /** Why something could not be done. */
  readonly stale: readonly string[];
  /** What was seen is out of date: another look has to come before the rest is done. */
  readonly lookAgain: boolean;
}

/**
 * Ends what a failed job was to end and could not: it was killed, its node was lost, or the controller did not listen to it; and what
 * waits for a task that somebody removed. What has ended already is left alone, so this may be done again at every look.
 *
 * Cells that have begun go on, and one may begin at any moment. So those that wait are held first; then another look shows which of them
 * these are, and only they are ended, all of their jobs.
 */
export async function stopRuns(context: EngineContext): Promise<Stopped> {
  const { store, clusterId, cluster } = context;
  const { user } = await cluster.identity(context.signal);
  const stale: string[] = [];
  let lookAgain = false;
  for (const run of listRuns(store, { clusterId, open: true })) {
    if (isForeign(run, user)) continue;
    try {
      if (await stopRun(context, run)) lookAgain = true;
    } catch (error) {
      if (!(error instanceof SrunxError) || error.kind === 'bug') throw error;
      stale.push(error.message);
    }
  }
  return { stale, lookAgain };
}

/** Whether another look has to come first. */
async function stopRun(context: EngineContext, run: RunRow): Promise<boolean> {
  const { store, cluster, signal } = context;
  const rows = endsOthers(run) ? jobsOfRun(store, run.id) : [];
  for (const order of ordersOf(run, rows)) await carryOut(context, order);
  const { hold, release } = cluster.kind === 'slurm' ? beforeEnd(run, rows) : { hold: [], release: [] };
  if (release.length > 0) await cluster.release(release, signal);
  if (hold.length > 0) {
    await cluster.hold(hold, signal);
    context.reach?.('end-held');
    return true;
  }
  for (const jobId of [...sweepOrders(run, rows), ...orphanOrders(store, run)]) {
    await cluster.cancel({ jobIds: [jobId], verifyMs: 0, signal });
    context.reach?.('cells-stopped');
  }
  return false;
}

/** Known from the text of the plan, which may have megabytes; of most runs nothing else need be read. */
function endsOthers({ plan }: RunRow): boolean {
  return mayStopOthers(plan) || mayStopSweep(plan);
}

const mayStopOthers = (plan: string) => /"onError":"(?:finish|terminate)"/.test(plan);

interface StopOrder {
  readonly ends: 'pending' | 'all';
  readonly jobs: readonly JobRow[];
}

/** For each job that has failed for good and ends others: those that are still there. */
function ordersOf({ plan }: RunRow, rows: readonly JobRow[]): readonly StopOrder[] {
  if (!mayStopOthers(plan)) return [];
  const { jobs } = readStoredRun(plan);
  const tokens = new Map(jobs.map(({ name, token }) => [name, token]));
  const open = rows.filter(
    ({ final, submission, jobId }) => !final && submission === 'submitted' && jobId !== undefined,
  );
  const failed = rows.filter(({ final, state }) => final && isFailure(state as EngineState));
  const rules = failed.flatMap(({ ordinal }) => {
    const job = jobs[ordinal];
    return (job && stopRule(job, { jobs, token: (name) => tokens.get(name) ?? '' })) ?? [];
  });
  // What answers one of several failures stays for all of them.
  const spared = new Set(rules.flatMap(({ spare }) => spare));
  return (['pending', 'all'] as const).flatMap((ends) => {
    if (!rules.some((rule) => rule.ends === ends)) return [];
    const left = open.filter(
      ({ token, state }) => !spared.has(firstToken(token)) && (ends === 'all' || state === 'pending'),
    );
    return left.length === 0 ? [] : [{ ends, jobs: left }];
  });
}

async function carryOut({ cluster, signal }: EngineContext, { ends, jobs }: StopOrder): Promise<void> {
  const jobIds = jobs.flatMap(({ jobId }) => jobId ?? []);
  // One that has started since it was seen waiting is to go on.
  const words = ends === 'pending' && cluster.kind === 'slurm' ? ['--state=PENDING'] : [];
  await cluster.cancel({ jobIds, words, verifyMs: 0, signal });
}
