import { countOf } from '../count-of.ts';
import { UsageError } from '../errors.ts';
import { parseSbatchArgs, type SbatchOption } from '../job/sbatch-options.ts';
import { resolveRequest } from '../job/sbatch-request.ts';
import { parseDirectives } from '../job/script-directives.ts';
import { countTasks } from '../slurm/job-id.ts';
import type { PlannedJob } from './plan.ts';

/** What runs up to the time limits would use; `undefined` where nothing limits it. */
export interface Usage {
  readonly coreHours: number | undefined;
  readonly gpuHours: number | undefined;
}

export interface PlanTotals extends Usage {
  /** Of the jobs of which both are known. */
  readonly known: { readonly coreHours: number; readonly gpuHours: number };
  readonly unknown: readonly string[];
}

type PricedJob = Pick<PlannedJob, 'name' | 'kind' | 'script' | 'options'>;

/**
 * At most, for one attempt. Not known without a time limit of the job's own (the partition has one, but which partition that will be
 * is Slurm's to say), for whole nodes, and for a number of nodes that Slurm may choose.
 */
export function usageOf({ kind, script, options }: PricedJob): Usage {
  const given = parseSbatchArgs(options).options;
  const directives = kind === 'shell' ? parseDirectives(script) : [];
  const request = read({ directives, options: given });
  if (request === undefined || request.exclusive || hasChoice([...directives, ...given])) return nothingKnown;
  const { cpus, gpus, timeLimitSeconds, array } = request;
  const gpuHours = gpus === 0 ? 0 : undefined;
  if (timeLimitSeconds === null) return { coreHours: undefined, gpuHours };
  const hours = (timeLimitSeconds / 3_600) * (array === undefined ? 1 : countTasks(array));
  return { coreHours: cpus * hours, gpuHours: gpus * hours };
}

const nothingKnown: Usage = { coreHours: undefined, gpuHours: undefined };

/** `undefined`: sbatch will refuse the script, and says it better. */
function read(sources: Parameters<typeof resolveRequest>[0]): ReturnType<typeof resolveRequest> | undefined {
  try {
    return resolveRequest(sources);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

function hasChoice(options: readonly SbatchOption[]): boolean {
  return options.findLast(({ name }) => name === 'nodes')?.value?.includes('-') === true;
}

export function planTotals(jobs: readonly PricedJob[]): PlanTotals {
  const known = { coreHours: 0, gpuHours: 0 };
  const unknown: string[] = [];
  let isGpuKnown = true;
  for (const job of jobs) {
    const { coreHours, gpuHours } = usageOf(job);
    if (gpuHours === undefined) isGpuKnown = false;
    if (coreHours === undefined || gpuHours === undefined) unknown.push(job.name);
    else {
      known.coreHours += coreHours;
      known.gpuHours += gpuHours;
    }
  }
  return {
    coreHours: unknown.length === 0 ? known.coreHours : undefined,
    gpuHours: isGpuKnown ? known.gpuHours : undefined,
    known,
    unknown,
  };
}

const maxNamed = 5;

/** `at most 12 core-hours and 4 GPU-hours, and what a, b use without a limit` */
export function formatTotals({ known, unknown }: PlanTotals, jobs: number): string {
  const named = `${unknown.slice(0, maxNamed).join(', ')}${unknown.length > maxNamed ? ', ...' : ''}`;
  const without = `${countOf(unknown.length, 'job')} without a limit (${named})`;
  if (unknown.length === jobs) return `uses: not known, ${without}`;
  const gpus = known.gpuHours === 0 ? '' : ` and ${roundHours(known.gpuHours)} GPU-hours`;
  const most = `uses: at most ${roundHours(known.coreHours)} core-hours${gpus}`;
  return unknown.length === 0 ? most : `${most}, and ${without}`;
}

export function roundHours(hours: number): number {
  return Math.round(hours * 100) / 100;
}
