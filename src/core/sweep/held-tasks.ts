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

/** Whether a sweep is paused follows from its tasks alone: whoever has held them. What follows in later windows waits for the held ones. */
export function countHeld(jobs: readonly HeldFacts[]): HeldTasks {
  // In one pass: there may be tens of thousands, which wait for few reasons.
  const byReason = new Map<string | undefined, number>();
  let deferred = 0;
  for (const { state, reason } of jobs) {
    if (state !== 'pending' && state !== 'waiting') continue;
    byReason.set(reason, 1 + (byReason.get(reason) ?? 0));
    if (state === 'waiting' && reason !== undefined) deferred += 1;
  }
  const count = { user: 0, admin: 0, waiting: 0 };
  for (const [reason, tasks] of byReason) {
    const by = heldReason(reason);
    if (by !== undefined) count[by] += tasks;
    count.waiting += tasks;
  }
  const { user: held, admin, waiting } = count;
  return { held, waiting, paused: held > 0 && held + admin + deferred === waiting };
}

/** Something is held, and nothing goes on meanwhile: when that will be, nobody can tell. */
export function isAtRest(jobs: readonly HeldFacts[]): boolean {
  const isHeld = jobs.some(({ state, reason }) => state === 'pending' && heldReason(reason) !== undefined);
  return isHeld && jobs.every(({ state }) => state !== 'running');
}
