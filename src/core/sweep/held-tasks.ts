import { heldReason } from '../slurm/held-reason.ts';
import type { EngineState } from '../workflow/run-state.ts';

export interface HeldFacts {
  readonly state: EngineState;
  readonly reason: string | undefined;
}

export interface HeldTasks {
  /** By the user. */
  readonly held: number;
  /** Neither begun nor ended, held or not. */
  readonly waiting: number;
  /** Nothing that waits can begin before somebody says so. */
  readonly paused: boolean;
}

/** Whether a sweep is paused follows from its tasks alone: whoever has held them. */
export function countHeld(jobs: readonly HeldFacts[]): HeldTasks {
  const byReason = new Map<string | undefined, number>();
  for (const { state, reason } of jobs) {
    if (state === 'pending' || state === 'waiting') byReason.set(reason, 1 + (byReason.get(reason) ?? 0));
  }
  const count = { user: 0, admin: 0, waiting: 0 };
  for (const [reason, tasks] of byReason) {
    const by = heldReason(reason);
    if (by !== undefined) count[by] += tasks;
    count.waiting += tasks;
  }
  const { user: held, admin, waiting } = count;
  return { held, waiting, paused: held > 0 && held + admin === waiting };
}
