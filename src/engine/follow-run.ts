import { pollIntervalMs } from '../core/slurm/poll-interval.ts';
import { type JobRow, jobsOfRun, type TransitionRow, transitionsSince } from '../store/jobs.ts';
import { acquireLease, type Lease, type LeaseRow, releaseLease, renewLease } from '../store/leases.ts';
import { type EngineContext, mayReplaceDead } from './engine-context.ts';
import { observeRuns } from './observe-runs.ts';
import { recoverRuns } from './recover-runs.ts';

export interface FollowOptions {
  readonly runIds: readonly string[];
  readonly sleep: (ms: number) => Promise<void>;
  /** Seconds between two looks; by default as the cluster's load allows. */
  readonly intervalSeconds?: number | undefined;
  /** History before these points is not told again. */
  readonly since?: ReadonlyMap<string, number>;
}

/**
 * Yields what happens to some runs until all their jobs have ended. One process per host and cluster asks the cluster
 * (it holds the observer's lease); the others read what that one writes down.
 */
export async function* followRuns(
  context: EngineContext,
  options: FollowOptions,
): AsyncGenerator<readonly TransitionRow[]> {
  const seen = new Map(options.since ?? []);
  const observer = createObserver(context);
  let quietLooks = 0;
  try {
    for (;;) {
      const changed = await observer.look();
      quietLooks = changed > 0 ? 0 : quietLooks + 1;
      yield options.runIds.flatMap((runId) => {
        const news = transitionsSince(context.store, { runId, seq: seen.get(runId) ?? 0 });
        const last = news.at(-1);
        if (last !== undefined) seen.set(runId, last.seq);
        return news;
      });
      if (options.runIds.every((runId) => isOver(jobsOfRun(context.store, runId)))) return;
      const fixed = options.intervalSeconds === undefined ? undefined : options.intervalSeconds * 1000;
      await options.sleep(fixed ?? pollIntervalMs({ kind: context.cluster.kind, focused: true, quietLooks }));
    }
  } finally {
    await observer.close();
  }
}

/** All have ended; or what is left hangs on a job of which nothing can be told, and only a person can go on. */
function isOver(jobs: readonly JobRow[]): boolean {
  const left = jobs.filter(({ final }) => !final);
  return left.length === 0 || (left.some(isStuck) && left.every((job) => isStuck(job) || job.state === 'waiting'));
}

function isStuck({ state }: JobRow): boolean {
  return state === 'unknown';
}

/** One look at the cluster where the lease is ours or can be had; otherwise none, another process is looking. */
function createObserver(context: EngineContext): { look: () => Promise<number>; close: () => Promise<void> } {
  const name = `observe:${context.clusterId}`;
  const mayReplace = createStandstillWatch(context);
  let lease: Lease | undefined;
  return {
    async look() {
      if (lease !== undefined && !(await renewLease(context.store, lease))) lease = undefined;
      lease ??= await acquireLease(context.store, { name, holder: context.holder, mayReplace });
      if (lease === undefined) return 0;
      const recovered = await recoverRuns(context);
      return (await observeRuns(context, lease)) + recovered.length;
    },
    async close() {
      if (lease !== undefined) await releaseLease(context.store, lease);
    },
  };
}

/** Looks are at most 15 s apart while somebody follows; one that takes a minute longer hangs. */
const standstillMs = 75_000;

/** A lease may be taken from a holder that is dead, or whose counter stood still for long on our own clock. */
function createStandstillWatch(context: EngineContext): (current: LeaseRow) => boolean {
  const isDead = mayReplaceDead(context);
  let seen: { readonly key: string; readonly at: number } | undefined;
  return (current) => {
    const key = `${current.fence}:${current.beat}`;
    if (seen?.key !== key) seen = { key, at: context.monotonicNow() };
    return isDead(current) || context.monotonicNow() - seen.at > standstillMs;
  };
}
