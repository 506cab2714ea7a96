import { countTasks } from '../slurm/job-id.ts';
import type { PlannedJob } from './plan.ts';
import { requestOf } from './request-of-job.ts';

/** How long a plan takes from its first job to its last one, where every job runs up to its time limit, once. */
export interface PlanSpan {
  readonly seconds: number;
  /** The jobs that make it so long, first to last. */
  readonly path: readonly string[];
}

type TimedJob = Pick<PlannedJob, 'name' | 'kind' | 'script' | 'options' | 'edges'>;

interface Placed {
  readonly start: number;
  readonly end: number;
  /** The parent that it waits for longest. */
  readonly after: string | undefined;
}

/**
 * Parents stand before children. `waits`: seconds until a job without parents starts; otherwise the queue counts for nothing.
 * `undefined` where a job has no time limit of its own, or there is no job.
 */
export function planSpan(
  jobs: readonly TimedJob[],
  waits: ReadonlyMap<string, number> = new Map(),
): PlanSpan | undefined {
  const placed = new Map<string, Placed>();
  for (const job of jobs) {
    const seconds = secondsOf(job);
    if (seconds === undefined) return undefined;
    let start = job.edges.length === 0 ? (waits.get(job.name) ?? 0) : 0;
    let after: string | undefined;
    for (const { type, parent } of job.edges) {
      const before = placed.get(parent);
      if (before === undefined) continue;
      const ready = type === 'after' ? before.start : before.end;
      if (after === undefined || ready > start) [start, after] = [Math.max(ready, start), parent];
    }
    placed.set(job.name, { start, end: start + seconds, after });
  }
  const [last] = [...placed].sort(([, one], [, other]) => other.end - one.end);
  if (last === undefined) return undefined;
  const path: string[] = [];
  for (let name: string | undefined = last[0]; name !== undefined; name = placed.get(name)?.after) path.unshift(name);
  return { seconds: last[1].end, path };
}

/** Of an array that runs only so many tasks at once, all its rounds. */
function secondsOf(job: TimedJob): number | undefined {
  const request = requestOf(job);
  if (request?.timeLimitSeconds == null) return undefined;
  const { timeLimitSeconds, array } = request;
  return timeLimitSeconds * (array?.limit === undefined ? 1 : Math.ceil(countTasks(array) / array.limit));
}
