import { childrenOf } from './graph.ts';
import { isUnneeded } from './is-unneeded.ts';
import type { PlannedJob } from './plan.ts';
import type { LeftJob } from './reduce-plan.ts';
import type { EngineState } from './run-state.ts';

/** How a job of a run stands. */
export type JobEnd = Pick<LeftJob, 'state' | 'final' | 'ignored'>;

type RetriedJob = Pick<PlannedJob, 'name' | 'edges' | 'isFinal'>;

/**
 * Which jobs of a run are to run again: those that did not come to a good end, and everything after them. What still moves is left
 * alone. A job that was skipped is among them, unless things went well and it was for another case. Parents stand before children.
 */
export function selectRetry(jobs: readonly RetriedJob[], ends: ReadonlyMap<string, JobEnd>): ReadonlySet<string> {
  const unneeded = new Set<string>();
  const again = new Set<string>();
  const children = childrenOf(jobs);
  const hasCompleted = (name: string) => ends.get(name)?.state === 'completed';
  for (const job of jobs) {
    const end = ends.get(job.name);
    if (end?.state === 'skipped' && isUnneeded(job, { hasCompleted, unneeded })) unneeded.add(job.name);
    else if (end === undefined || (end.final && isBad(end))) again.add(job.name);
  }
  for (const name of again) for (const child of children.get(name) ?? []) again.add(child);
  return new Set([...again].filter((name) => ends.get(name)?.final !== false));
}

const bad: readonly EngineState[] = ['failed', 'timeout', 'cancelled', 'skipped', 'lost', 'refused', 'withdrawn'];

function isBad({ state, ignored }: JobEnd): boolean {
  return bad.includes(state) && !ignored;
}
