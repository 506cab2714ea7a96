import { countOf } from '../count-of.ts';
import { countTasks } from '../slurm/job-id.ts';
import type { PlannedJob } from './plan.ts';
import { type JobRequest, requestOf } from './request-of-job.ts';

/** What runs up to the time limits would use; `undefined` where nothing limits it. */
export interface Usage {
  readonly coreHours: number | undefined;
  readonly gpuHours: number | undefined;
}

interface KnownUsage {
  readonly coreHours: number;
  readonly gpuHours: number;
}

export interface PlanTotals extends Usage {
  /** Of the jobs of which both are known. */
  readonly known: KnownUsage;
  /** The same if every attempt that `retry` and `checkpoint` allow is needed; absent where there is but one of each job. */
  readonly withRetries?: KnownUsage;
  readonly unknown: readonly string[];
}

type PricedJob = Pick<PlannedJob, 'name' | 'kind' | 'script' | 'options' | 'retry' | 'checkpoint'>;

/**
 * At most, for one attempt. Not known without a time limit of the job's own (the partition has one, but which partition that will be
 * is Slurm's to say), for whole nodes, and for a number of nodes that Slurm may choose.
 */
export function usageOf(job: PricedJob): Usage {
  const request = requestOf(job);
  return usageFor(request, request?.timeLimitSeconds ?? 0);
}

/** With all attempts, each of which may have a time limit of its own, and with all the times that a checkpoint goes on. */
export function usageWithRetries(job: PricedJob): Usage {
  const { retry, checkpoint } = job;
  const request = requestOf(job);
  const limit = request?.timeLimitSeconds ?? 0;
  const attempts = Array.from({ length: retry?.max ?? 0 }, (_, index) => grownLimit(retry?.time[index]) ?? limit);
  const longest = Math.max(limit, ...attempts);
  const sum = attempts.reduce((total, seconds) => total + seconds, limit + longest * (checkpoint?.max ?? 0));
  return usageFor(request, sum);
}

/** `TimeLimit=120` is in minutes. */
function grownLimit(change: string | undefined): number | undefined {
  return change === undefined ? undefined : Number(change.replace('TimeLimit=', '')) * 60;
}

function usageFor(request: JobRequest | undefined, seconds: number): Usage {
  if (request === undefined || request.exclusive || request.hasChoice) return nothingKnown;
  const { cpus, gpus, timeLimitSeconds, array } = request;
  if (timeLimitSeconds === null) return { coreHours: undefined, gpuHours: gpus === 0 ? 0 : undefined };
  const hours = (seconds / 3_600) * (array === undefined ? 1 : countTasks(array));
  return { coreHours: cpus * hours, gpuHours: gpus * hours };
}

const nothingKnown: Usage = { coreHours: undefined, gpuHours: undefined };

export function planTotals(jobs: readonly PricedJob[]): PlanTotals {
  const known = { coreHours: 0, gpuHours: 0 };
  const most = { coreHours: 0, gpuHours: 0 };
  const unknown: string[] = [];
  let isGpuKnown = true;
  for (const job of jobs) {
    const usage = usageOf(job);
    if (usage.gpuHours === undefined) isGpuKnown = false;
    if (!isKnown(usage)) unknown.push(job.name);
    else {
      add(known, usage);
      const isOnce = job.retry === undefined && job.checkpoint === undefined;
      const retried = isOnce ? usage : usageWithRetries(job);
      add(most, isKnown(retried) ? retried : usage);
    }
  }
  const isRetried = jobs.some(({ retry, checkpoint }) => retry !== undefined || checkpoint !== undefined);
  return {
    coreHours: unknown.length === 0 ? known.coreHours : undefined,
    gpuHours: isGpuKnown ? known.gpuHours : undefined,
    known,
    ...(isRetried ? { withRetries: most } : {}),
    unknown,
  };
}

function isKnown(usage: Usage): usage is KnownUsage {
  return usage.coreHours !== undefined && usage.gpuHours !== undefined;
}

function add(sum: { coreHours: number; gpuHours: number }, usage: KnownUsage): void {
  sum.coreHours += usage.coreHours;
  sum.gpuHours += usage.gpuHours;
}

const maxNamed = 5;

/** `at most 12 core-hours and 4 GPU-hours, at most 36 core-hours and 12 GPU-hours with all retries, and what a, b use without a limit` */
export function formatTotals({ known, withRetries, unknown }: PlanTotals, jobs: number): string {
  const named = `${unknown.slice(0, maxNamed).join(', ')}${unknown.length > maxNamed ? ', ...' : ''}`;
  const without = `${countOf(unknown.length, 'job')} without a limit (${named})`;
  if (unknown.length === jobs) return `uses: not known, ${without}`;
  const retried = withRetries === undefined ? '' : `, at most ${formatHours(withRetries)} with all retries`;
  const most = `uses: at most ${formatHours(known)}${retried}`;
  return unknown.length === 0 ? most : `${most}, and ${without}`;
}

function formatHours({ coreHours, gpuHours }: KnownUsage): string {
  return `${roundHours(coreHours)} core-hours${gpuHours === 0 ? '' : ` and ${roundHours(gpuHours)} GPU-hours`}`;
}

export function roundHours(hours: number): number {
  return Math.round(hours * 100) / 100;
}
