import type { JobResources } from '../job/resources-schema.ts';
import { type CheckpointPlan, type RetryPlan, warningSignal } from '../job/retry-shell.ts';
import { parseTimeLimitOutput } from '../slurm/duration.ts';
import { parseMemoryInput } from '../slurm/memory.ts';
import type { JobFile } from './job-schema.ts';
import { reserve } from './retry-schema.ts';

export interface PlannedRetry {
  readonly retry: RetryPlan | undefined;
  readonly checkpoint: CheckpointPlan | undefined;
  /** Options of sbatch that it needs. */
  readonly options: readonly string[];
}

/** A fault is said of a key of the job. */
export interface RetryFault {
  readonly key: 'retry' | 'retry_delay' | 'checkpoint' | 'signal' | 'requeue';
  readonly message: string;
  readonly hint: string;
}

/** Seconds before the time limit at which a job is ended that is to be retried after it. */
const warningBefore = 60;

/** As the reference has it. */
const usualDelay = 60;

/** Works out what a job does about its failures; `undefined` where it does nothing, and faults where it could not. */
export function planRetry(job: JobFile): PlannedRetry | readonly RetryFault[] | undefined {
  const { retry: written, checkpoint: saving, retry_delay: delay, resources } = job;
  if (written === undefined || written.max === 0) {
    if (saving === undefined || saving.max === 0) return undefined;
  }
  const retry = written === undefined || written.max === 0 ? undefined : written;
  const checkpoint = saving === undefined || saving.max === 0 ? undefined : saving;
  const faults = [...faultsOf(job), ...(retry === undefined ? [] : growthFaults(job))];
  if (faults.length > 0) return faults;
  const isWarned = checkpoint !== undefined || retry?.on.includes('timeout') === true;
  const before = checkpoint?.before ?? warningBefore;
  return {
    retry: retry && {
      max: retry.max,
      on: retry.on,
      delays: delaysOf(retry, retry.delay ?? delay ?? usualDelay),
      jitterPercent: retry.jitter,
      memory: grownMemory(resources, retry),
      time: grownTime(resources, retry),
    },
    checkpoint: checkpoint && { ...checkpoint, wait: checkpoint.wait ?? Math.max(reserve, before - reserve) },
    options: ['--requeue', '--open-mode=append', ...(isWarned ? [`--signal=B:${warningSignal}@${before}`] : [])],
  };
}

function faultsOf({ retry, checkpoint, resources, retry_delay: delay }: JobFile): readonly RetryFault[] {
  const faults: RetryFault[] = [];
  if (retry?.delay !== undefined && delay !== undefined) {
    const message = 'is said twice: here and as `delay` of `retry`';
    faults.push({ key: 'retry_delay', message, hint: 'Keep one of them.' });
  }
  if (resources.requeue === false) {
    const hint = 'Remove `requeue: false`, or `retry` and `checkpoint`.';
    faults.push({ key: 'requeue', message: 'what may not be requeued cannot be retried', hint });
  }
  const needsWarning = checkpoint !== undefined || retry?.on.includes('timeout') === true;
  if (needsWarning && resources.signal != null) {
    const key = checkpoint === undefined ? 'retry' : 'checkpoint';
    const message = 'needs the signal before the time limit, and `signal` asks for another one';
    faults.push({ key, message, hint: 'Remove `signal`, and say what is to happen with `checkpoint`.' });
  }
  if (needsWarning && (resources.time_limit == null || resources.time_limit === 'UNLIMITED')) {
    const key = checkpoint === undefined ? 'retry' : 'checkpoint';
    faults.push({ key, message: 'needs to know the time limit', hint: 'Give the job a `time_limit`.' });
  }
  const limit = secondsOf(resources);
  const before = checkpoint?.before ?? warningBefore;
  if (needsWarning && limit !== undefined && limit <= before) {
    const key = checkpoint === undefined ? 'retry' : 'checkpoint';
    const message = `begins ${before} seconds before the time limit, and the job has only ${limit}`;
    faults.push({ key, message, hint: 'Give the job a longer `time_limit`.' });
  }
  return faults;
}

function growthFaults({ retry, resources }: JobFile): readonly RetryFault[] {
  const { grow } = retry ?? {};
  const faults: RetryFault[] = [];
  const lacks = (what: string, hint: string) => faults.push({ key: 'retry', message: `cannot grow ${what}`, hint });
  if (grow?.memory !== undefined && memoryOf(resources) === undefined)
    lacks('memory that was not asked for', 'Give the job `memory_per_node` or `mem_per_cpu`.');
  if (grow?.time !== undefined && secondsOf(resources) === undefined)
    lacks('a time limit that there is not', 'Give the job a `time_limit`.');
  if (grow?.memory !== undefined && retry?.on.includes('oom') !== true)
    lacks('memory where `on` does not name oom', 'Add oom to `on`.');
  if (grow?.time !== undefined && retry?.on.includes('timeout') !== true)
    lacks('the time limit where `on` does not name timeout', 'Add timeout to `on`.');
  return faults;
}

type Retry = NonNullable<JobFile['retry']>;

/** So many that the rest is like the last one. */
function delaysOf({ max, backoff, max_delay: most }: Retry, first: number): number[] {
  const delays: number[] = [];
  for (let attempt = 0, delay = first; attempt < max; attempt += 1, delay *= backoff) {
    const seconds = Math.min(Math.round(delay), most);
    if (seconds === delays.at(-1) && (backoff === 1 || seconds === most)) break;
    delays.push(seconds);
  }
  return delays;
}

function grownMemory(resources: JobResources, { max, grow }: Retry): string[] {
  const base = memoryOf(resources);
  if (base === undefined || grow?.memory === undefined) return [];
  return series(base.mib, { factor: grow.memory, max }).map((mib) => `${base.field}=${mib}`);
}

function grownTime(resources: JobResources, { max, grow }: Retry): string[] {
  const seconds = secondsOf(resources);
  if (seconds === undefined || grow?.time === undefined) return [];
  return series(seconds / 60, { factor: grow.time, max }).map((minutes) => `TimeLimit=${minutes}`);
}

/** Behind the first value, which is the job's own. */
function series(base: number, { factor, max }: { readonly factor: number; readonly max: number }): number[] {
  return Array.from({ length: max }, (_, step) => Math.min(Math.ceil(base * factor ** (step + 1)), mostValue));
}

/** Slurm keeps both in 32 bits. */
const mostValue = 2 ** 31 - 1;

/** Under the name that scontrol has for it; `0`, all memory of a node, cannot grow. */
function memoryOf(resources: JobResources): { readonly field: string; readonly mib: number } | undefined {
  const { memory_per_node: node, mem_per_cpu: cpu } = resources;
  if (node != null && node !== '0') return { field: 'MinMemoryNode', mib: parseMemoryInput(String(node)) };
  return cpu == null || cpu === '0' ? undefined : { field: 'MinMemoryCPU', mib: parseMemoryInput(String(cpu)) };
}

function secondsOf({ time_limit: limit }: JobResources): number | undefined {
  return limit == null ? undefined : (parseTimeLimitOutput(String(limit)) ?? undefined);
}
