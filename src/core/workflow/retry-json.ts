import type { CheckpointPlan, RetryPlan } from '../job/retry-shell.ts';

/** For programs, in the words of workflow files. Of `grow`, what `scontrol update` is told each time. */
export function retryJson({ max, on, delays, jitterPercent, memory, time }: RetryPlan): Record<string, unknown> {
  return { max, on, delays_seconds: delays, jitter_percent: jitterPercent, grow: { memory, time } };
}

export function checkpointJson({ before, signal, command, wait, max }: CheckpointPlan): Record<string, unknown> {
  return { before_seconds: before, signal: signal ?? null, command: command ?? null, wait_seconds: wait, max };
}
