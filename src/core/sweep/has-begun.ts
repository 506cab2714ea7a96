import type { EngineState } from '../workflow/run-state.ts';

/** A job of a cell, as far as it matters whether it has begun. */
export interface BegunFacts {
  readonly state: EngineState;
  /** How often it went back into the queue as the job that it is now. */
  readonly restarts: number;
  /** Epoch seconds. */
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
}

/** Whether a job has had a node, if only for a moment. */
export function hasBegun({ state, restarts, startTime, endTime }: BegunFacts): boolean {
  switch (state) {
    case 'waiting':
    case 'skipped':
    case 'refused':
    case 'withdrawn':
      return false;
    case 'pending':
      // Back in the queue for another attempt.
      return restarts > 0;
    case 'cancelled':
      // One that was cancelled while it waited has a start, too: the moment of its end.
      return startTime !== undefined && (endTime ?? 0) > startTime;
    default:
      return true;
  }
}
