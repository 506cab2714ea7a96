import { type PollSituation, pollIntervalMs } from '../core/slurm/poll-interval.ts';
import { type JobRow, openJobsOfRun, type TransitionRow, transitionsSince } from '../store/jobs.ts';
import type { Store } from '../store/open-store.ts';
import type { EngineContext } from './engine-context.ts';
import { createObserver } from './observer.ts';
import { isUndecided } from './recover-runs.ts';
import { newsMark, waitForNews } from './wait-for-news.ts';

export interface FollowOptions {
  readonly runIds: readonly string[];
  /** Seconds between two looks; by default as the cluster's load allows. */
  readonly intervalSeconds?: number | undefined;
  /** History before these points is not told again. */
  readonly since?: ReadonlyMap<string, number>;
  /** Told why a source did not answer; the jobs that it may know are shown as they were seen last. */
  readonly onStale?: ((message: string) => void) | undefined;
}

/**
 * Yields what happens to some runs until all their jobs have ended. One process per host and cluster asks the cluster
 * (it holds the observer's lease); the others read what that one writes down.
 */
export async function* followRuns(
  context: EngineContext,
  options: FollowOptions,
): AsyncGenerator<readonly TransitionRow[]> {
  const { store } = context;
  const seen = new Map(options.since ?? []);
  await using observer = createObserver(context);
  let stale: readonly string[] = [];
  for (let looks = 1, quietLooks = 0; ; looks += 1) {
    const begun = context.monotonicNow();
    const look = await observer.look();
    if (look !== undefined) {
      // Said once, not at every look.
      for (const message of look.stale.filter((text) => !stale.includes(text))) options.onStale?.(message);
      stale = look.stale;
    }
    const mark = newsMark(store);
    // Before the news are read: another process may write down the last of them at any moment.
    const isLast = options.runIds.every((runId) => isOver(store, runId));
    const news = options.runIds.flatMap((runId) => newsOf(runId));
    yield news;
    if (isLast) return;
    quietLooks = news.length > 0 || (look?.changed ?? 0) > 0 ? 0 : quietLooks + 1;
    const waitMs = await intervalMs(context, { ...options, looks, quietLooks, lookMs: context.monotonicNow() - begun });
    await (look === undefined ? waitForNews(context, { since: mark, longestMs: waitMs }) : context.sleep(waitMs));
  }

  function newsOf(runId: string): readonly TransitionRow[] {
    const news = transitionsSince(store, { runId, seq: seen.get(runId) ?? 0 });
    const last = news.at(-1);
    if (last !== undefined) seen.set(runId, last.seq);
    return news;
  }
}

type Looked = Required<Pick<PollSituation, 'looks' | 'quietLooks' | 'lookMs'>>;

async function intervalMs(
  { cluster, randomBytes, signal }: EngineContext,
  { intervalSeconds, ...looked }: Pick<FollowOptions, 'intervalSeconds'> & Looked,
): Promise<number> {
  if (intervalSeconds !== undefined) return intervalSeconds * 1000;
  const { accounting, minJobAgeSeconds } = await cluster.capabilities(signal);
  const [byte = 0] = randomBytes(1);
  const onlyMemorySeconds = accounting ? undefined : minJobAgeSeconds;
  const situation = { kind: cluster.kind, focused: true, jitter: byte / 127.5 - 1, onlyMemorySeconds } as const;
  return pollIntervalMs({ ...situation, ...looked });
}

/** All have ended; or of what is left nothing can be told, and only a person can go on. */
function isOver(store: Store, runId: string): boolean {
  return openJobsOfRun(store, runId).every(isStuck) || isUndecided(store, runId);
}

/** Not a job that Slurm describes in a word unknown to us: that one goes on. */
function isStuck({ state, missingSince }: Pick<JobRow, 'state' | 'missingSince'>): boolean {
  return state === 'unknown' && missingSince !== undefined;
}
