import { countOf } from '../count-of.ts';
import { type CheckpointPlan, type RetryPlan, shortestDelay } from '../job/retry-shell.ts';
import { formatDuration } from '../slurm/duration.ts';

/** What a job does about its own failures, in words. */
export function retryText({ max, on, delays, jitterPercent, memory, time }: RetryPlan): string {
  const values = (changes: readonly string[]) => changes.map((change) => change.split('=')[1] ?? '').join(', ');
  const isRaised = delays.some((delay) => delay < shortestDelay);
  const least = isRaised ? ` (on Slurm ${formatDuration(shortestDelay)} at least)` : '';
  return [
    `up to ${countOf(max, 'time')} after ${on.join(', ')}`,
    `${delays.map(formatDuration).join(', ')} later${least}${jitterPercent === 0 ? '' : ` and up to ${jitterPercent} % more`}`,
    ...(memory.length === 0 ? [] : [`with ${values(memory)} MiB after each oom`]),
    ...(time.length === 0 ? [] : [`with ${values(time)} minutes after each timeout`]),
  ].join('; ');
}

/** What happens before the time limit of a job, in words. */
export function checkpointText({ before, signal, command, wait, max }: CheckpointPlan): string {
  const what = [
    ...(signal === undefined ? [] : [`the signal ${signal}`]),
    ...(command === undefined ? [] : ['its command']),
  ];
  return `${formatDuration(before)} before the time limit ${what.join(' and ')}, ${formatDuration(wait)} to save; goes on up to ${countOf(max, 'time')}`;
}
