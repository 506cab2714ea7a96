import { expandTaskSet, formatJobId, hasTask, parseJobId, rangesOf, type TaskPart } from './job-id.ts';
import type { JobObservation } from './job-observation.ts';

/**
 * The part of a row that an id names: of a row of unstarted tasks `12_[3-9]`, the id `12_4` names that task alone. Everything
 * else that matches is about the whole row.
 */
export function narrowJobId(row: Pick<JobObservation, 'jobId'>, id: string): string {
  const seen = parseJobId(row.jobId);
  const wanted = parseJobId(id);
  if (seen?.task?.kind !== 'set' || wanted?.task === undefined || wanted.base !== seen.base) return row.jobId;
  if (wanted.task.kind === 'index') return id;
  const common = expandTaskSet(seen.task.set).filter((index) => isNamed(wanted.task, index));
  const set = { ranges: rangesOf(common), truncated: false };
  return formatJobId({ base: seen.base, task: { kind: 'set', set } });
}

function isNamed(task: TaskPart | undefined, index: number): boolean {
  return task?.kind === 'set' && hasTask(task.set, index);
}
