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
  const pending = jobs.filter(({ state }) => state === 'pending' || state === 'waiting');
  const held = pending.filter(({ reason }) => heldReason(reason) === 'user').length;
  const byAdmin = pending.filter(({ reason }) => heldReason(reason) === 'admin').length;
  return { held, waiting: pending.length, paused: held > 0 && held + byAdmin === pending.length };
}
