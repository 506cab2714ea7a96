import { hasTask, parseJobId, type TaskPart, type TaskRange } from './job-id.ts';
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
  if (wanted.kind === 'index') {
    return seen.kind === 'index' ? wanted.index === seen.index : hasTask(seen.set, wanted.index);
  }
  if (seen.kind === 'index') return hasTask(wanted.set, seen.index);
  return wanted.set.ranges.some((range) => seen.set.ranges.some((other) => intersects(range, other)));
}

/** With steps, ranges may interleave without a common task: the steps of one repeat against the other after so many. */
function intersects(a: TaskRange, b: TaskRange): boolean {
  const [coarse, fine] = a.step >= b.step ? [a, b] : [b, a];
  const start = Math.max(0, Math.ceil((fine.first - coarse.first) / coarse.step));
  for (let step = start; step < start + fine.step; step += 1) {
    const index = coarse.first + step * coarse.step;
    if (index > Math.min(coarse.last, fine.last)) return false;
    if ((index - fine.first) % fine.step === 0) return true;
  }
  return false;
}
