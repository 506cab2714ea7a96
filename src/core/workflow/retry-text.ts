import type { CheckpointPlan, RetryPlan } from '../job/retry-shell.ts';

/** What a job does about its own failures, in words. */
export function retryText({ max, on, delays, jitterPercent, memory, time }: RetryPlan): string {
  const growth = [...memory, ...time];
  return [
    `${max} times`,
    `after ${on.join(', ')}`,
    `in ${delays.join(', ')} seconds`,
    ...(jitterPercent === 0 ? [] : [`up to ${jitterPercent} % later`]),
    ...(growth.length === 0 ? [] : [`with ${growth.join(', ')}`]),
  ].join('; ');
}

export function checkpointText({ before, max, signal, command, wait }: CheckpointPlan): string {
  return [
    `${before} seconds before the time limit`,
    ...(signal === undefined ? [] : [`signal ${signal}`]),
    ...(command === undefined ? [] : [`command ${command}`]),
    `waits ${wait} seconds`,
    `goes on ${max} times`,
  ].join('; ');
}
