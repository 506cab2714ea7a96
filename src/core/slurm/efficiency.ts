import type { AccountingRecord } from './accounting-record.ts';

/** How much of what it was given a job used. Shares are per cent; `null` comes with the reason in `gaps`. */
export interface Efficiency {
  readonly cpuPercent: number | null;
  readonly cpuSecondsUsed: number | null;
  readonly cpuSecondsAllocated: number | null;
  readonly memoryPercent: number | null;
  readonly memoryBytesUsed: number | null;
  readonly memoryBytesAllocated: number | null;
  readonly gpuPercent: number | null;
  /** Why a share is not known, one sentence each. */
  readonly gaps: readonly string[];
}

/** A job and its steps, as the accounting lists them. */
export interface JobUsage {
  readonly job: AccountingRecord;
  readonly steps: readonly AccountingRecord[];
}

/**
 * The steps stand behind their allocation. By place and not by id alone: with duplicates, one id has several allocations.
 * Steps without an allocation (it was filtered out) are left out.
 */
export function groupSteps(records: readonly AccountingRecord[]): readonly JobUsage[] {
  const groups: { job: AccountingRecord; steps: AccountingRecord[] }[] = [];
  for (const record of records) {
    if (record.step === undefined) groups.push({ job: record, steps: [] });
    else {
      const last = groups.at(-1);
      if (last !== undefined && record.jobId === `${last.job.jobId}.${record.step}`) last.steps.push(record);
    }
  }
  return groups;
}

/**
 * The arithmetic of Slurm's own `seff`. CPU: the time that all steps took, of elapsed time × allocated CPUs. Memory: the peaks
 * of all tasks of a step together, of the step with the most, of the allocated memory. GPU: what the tasks of a step kept
 * busy, of the allocated GPUs, weighted by how long each step that was measured ran. seff rounds CPU time to whole seconds, which
 * is a lot for a short job; here it stays as it was measured.
 */
export function measureEfficiency({ job, steps }: JobUsage): Efficiency {
  const notYet = unmeasured(job);
  if (notYet !== undefined) return { ...nothing, gaps: [notYet] };
  const cpu = measureCpu(job, steps);
  const memory = measureMemory(job, steps);
  const gpu = measureGpus(job, steps);
  return {
    cpuPercent: cpu.percent,
    cpuSecondsUsed: cpu.used,
    cpuSecondsAllocated: cpu.allocated,
    memoryPercent: memory.percent,
    memoryBytesUsed: memory.used,
    memoryBytesAllocated: memory.allocated,
    gpuPercent: gpu.percent,
    gaps: [cpu, memory, gpu].flatMap(({ gap }) => gap ?? []),
  };
}

const nothing = {
  cpuPercent: null,
  cpuSecondsUsed: null,
  cpuSecondsAllocated: null,
  memoryPercent: null,
  memoryBytesUsed: null,
  memoryBytesAllocated: null,
  gpuPercent: null,
} as const;

function unmeasured({ state, elapsedSeconds = 0, startTime }: AccountingRecord): string | undefined {
  // A completing job has its numbers already, but perhaps not those of its last step.
  if (!state.terminal) return 'the job has not ended: its use is written down at the end of each step';
  return startTime === undefined || elapsedSeconds === 0 ? 'the job did not run for a second' : undefined;
}

interface Share {
  readonly percent: number | null;
  readonly used: number | null;
  readonly allocated: number | null;
  readonly gap?: string;
}

function share(used: number | undefined, allocated: number | undefined, gaps: readonly [string, string]): Share {
  const both = { used: used ?? null, allocated: allocated ?? null };
  if (used === undefined) return { ...both, percent: null, gap: gaps[0] };
  if (allocated === undefined || allocated === 0) return { ...both, percent: null, gap: gaps[1] };
  return { ...both, percent: round((used / allocated) * 100) };
}

function measureCpu(job: AccountingRecord, steps: readonly AccountingRecord[]): Share {
  const times = steps.flatMap(({ cpuSeconds }) => cpuSeconds ?? []);
  const used = times.length === 0 ? undefined : round(sum(times), 1000);
  // An allocation is never without a CPU, whatever an old record says.
  const allocated = (job.elapsedSeconds ?? 0) * Math.max(1, job.cpus);
  return share(used, allocated, ['no step of the job has a CPU time', 'no CPU time was allocated']);
}

function measureMemory(job: AccountingRecord, steps: readonly AccountingRecord[]): Share {
  const peaks = steps.flatMap(({ totalRssBytes }) => totalRssBytes ?? []);
  const used = peaks.length === 0 ? undefined : Math.max(...peaks);
  return share(used, job.allocatedMemoryBytes ?? job.requestedMemoryBytes, [
    'memory was not measured: the job was shorter than the sampling interval, or the site does not gather it',
    'no memory was allocated to compare with',
  ]);
}

function measureGpus({ gpus }: AccountingRecord, steps: readonly AccountingRecord[]): Share {
  if (gpus === 0) return { percent: null, used: null, allocated: null };
  const measured = steps.flatMap(({ averageGpuUtilization: average, tasks = 1, elapsedSeconds: seconds = 0 }) =>
    average === undefined || seconds === 0 ? [] : [{ percent: (average * Math.max(1, tasks)) / gpus, seconds }],
  );
  const seconds = sum(measured.map((step) => step.seconds));
  if (seconds === 0) {
    const gap = 'GPU use was not measured: the site does not gather gres/gpuutil, or no process was seen on a GPU';
    return { percent: null, used: null, allocated: null, gap };
  }
  const weighted = sum(measured.map((step) => step.percent * step.seconds));
  return { percent: round(weighted / seconds), used: null, allocated: null };
}

/** To two places, as `seff` prints shares. */
function round(value: number, places = 100): number {
  return Math.round(value * places) / places;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
