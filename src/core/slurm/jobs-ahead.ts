import { countTasks, parseTaskSet } from './job-id.ts';
import type { JobObservation } from './job-observation.ts';

/**
 * How many jobs of its partitions the scheduler looks at before this one: those that could start now and have a higher priority, or
 * the same and a smaller number. Tasks of an array count one by one.
 */
export function countJobsAhead(job: JobObservation, queue: readonly JobObservation[]): number {
  const partitions = new Set((job.partition ?? '').split(','));
  return queue
    .filter(
      (other) =>
        other.rawId !== job.rawId &&
        other.state.status === 'PENDING' &&
        couldStart(other) &&
        (other.partition ?? '').split(',').some((name) => partitions.has(name)) &&
        isBefore(other, job),
    )
    .reduce((sum, other) => sum + tasksOf(other), 0);
}

/** What waits for something else than resources, a limit or a time say, stands in nobody's way. */
function couldStart({ reason = 'None' }: JobObservation): boolean {
  return /^(?:Priority|Resources|None|NodesNeeded|Nodes required|SchedDefer|WaitForScheduling)/.test(reason);
}

function isBefore(other: JobObservation, job: JobObservation): boolean {
  const difference = priorityOf(other) - priorityOf(job);
  return difference === 0 ? Number(other.rawId) < Number(job.rawId) : difference > 0;
}

function priorityOf({ extra }: JobObservation): number {
  return Number(extra?.PriorityLong ?? 0);
}

function tasksOf({ arrayTask }: JobObservation): number {
  const set = arrayTask === undefined ? undefined : parseTaskSet(arrayTask);
  return set === undefined ? 1 : Math.max(1, countTasks(set));
}
