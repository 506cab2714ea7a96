import { countTasks, expandTaskSet, hasTask, parseJobId, type TaskPart } from './job-id.ts';
import type { JobObservation } from './job-observation.ts';

/**
 * Whether a row is about what an id names: a job, a whole array or heterogeneous job, one task, a set of tasks, one
 * component. A row of unstarted tasks (`12_[3-9]`) is about each of them.
 */
export function matchesJobId(row: Pick<JobObservation, 'jobId' | 'rawId'>, id: string): boolean {
  if (row.jobId === id) return true;
  const wanted = parseJobId(id);
  const seen = parseJobId(row.jobId);
  if (wanted === undefined || seen === undefined) return false;
  const names = wanted.task === undefined && wanted.hetOffset === undefined;
  if (wanted.base !== seen.base) return names && row.rawId === wanted.base;
  return names || (wanted.task !== undefined && seen.task !== undefined && overlaps(wanted.task, seen.task));
}

function overlaps(wanted: TaskPart, seen: TaskPart): boolean {
  if (wanted.kind === 'index')
    return seen.kind === 'index' ? wanted.index === seen.index : hasTask(seen.set, wanted.index);
  if (seen.kind === 'index') return hasTask(wanted.set, seen.index);
  const [few, many] = countTasks(wanted.set) < countTasks(seen.set) ? [wanted.set, seen.set] : [seen.set, wanted.set];
  return expandTaskSet(few).some((index) => hasTask(many, index));
}
