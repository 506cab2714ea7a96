import { ConnectionError } from '../core/errors.ts';
import { pollIntervalMs } from '../core/slurm/poll-interval.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { takeTurn } from './take-turn.ts';
import { wantedJobs } from './wanted-jobs.ts';

export interface AwaitRequest {
  readonly target: TargetName;
  readonly jobIds: readonly string[];
  /** Told when the cluster does not answer. The wait goes on. */
  readonly onSilence: (message: string) => void;
}

/** Waits until none of the jobs is in the queue any more. What the controller does not know has ended. */
export async function awaitEnd(context: AppContext, request: AwaitRequest): Promise<void> {
  const { kind } = await context.cluster(request.target);
  const longestMs = pollIntervalMs({ kind, focused: true, quietLooks: 0 });
  let isSilent = false;
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, longestMs)) {
    try {
      if (!(await isAnyAlive(context, request))) return;
      isSilent = false;
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      if (!isSilent) request.onSilence(error.message);
      isSilent = true;
    }
    await context.sleep(pauseMs);
    await takeTurn(context, request.target);
  }
}

/** Others' jobs need the whole table, which is asked for only when our own have ended. */
async function isAnyAlive(context: AppContext, { target, jobIds }: AwaitRequest): Promise<boolean> {
  const wanted = wantedJobs(jobIds);
  const cluster = await context.cluster(target);
  for (const scope of ['me', 'all'] as const) {
    const { jobs } = await cluster.observe({ scope, signal: context.signal });
    if (jobs.some((row) => !row.state.terminal && wanted.idsOf(row).length > 0)) return true;
  }
  return false;
}
