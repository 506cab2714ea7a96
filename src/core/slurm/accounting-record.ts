import type { ExitStatus } from './job-observation.ts';
import type { JobState } from './job-state.ts';

/** What the accounting says of one allocation, or of one of its steps. Absent: not known, or not gathered. */
export interface AccountingRecord {
  /** As sacct shows it: `12`, `12_3`, `12_[4-9%2]`, `12+1`; of a step `12.0`, `12_3.batch`. */
  readonly jobId: string;
  readonly rawId: string;
  /** `batch`, `extern`, `interactive`, or a number; absent for the allocation itself. */
  readonly step?: string;
  readonly state: JobState;
  /** Why it waited last. */
  readonly reason?: string;
  readonly exit?: ExitStatus;
  /** The highest exit code of its steps. */
  readonly derivedExit?: ExitStatus;
  /** Epoch seconds. */
  readonly submitTime?: number;
  readonly eligibleTime?: number;
  readonly startTime?: number;
  readonly endTime?: number;
  /** Time in which it ran; suspended time is not part of it. */
  readonly elapsedSeconds?: number;
  readonly suspendedSeconds?: number;
  /** `null`: no limit. */
  readonly timeLimitSeconds?: number | null;
  readonly nodes: number;
  readonly tasks?: number;
  /** Allocated; zero for a job that never started (23.02 and later). */
  readonly cpus: number;
  readonly requestedCpus?: number;
  /** Over the whole job, allocated or else asked for. */
  readonly gpus: number;
  readonly allocatedTres?: string;
  readonly requestedTres?: string;
  /** Over the whole job. */
  readonly allocatedMemoryBytes?: number;
  readonly requestedMemoryBytes?: number;
  /** Elapsed time of all allocated CPUs. */
  readonly cpuTimeSeconds?: number;
  /** What its processes took of them. */
  readonly cpuSeconds?: number;
  readonly userCpuSeconds?: number;
  readonly systemCpuSeconds?: number;
  /** Of the task that took most, and of the average one. */
  readonly maxRssBytes?: number;
  readonly averageRssBytes?: number;
  /** The peaks of all its tasks together. */
  readonly totalRssBytes?: number;
  /** Per cent, of the average task. */
  readonly averageGpuUtilization?: number;
  readonly partition?: string;
  readonly user?: string;
  readonly account?: string;
  readonly qos?: string;
  readonly cluster?: string;
  readonly priority?: number;
  readonly nodeList?: string;
  readonly workDir?: string;
  readonly name: string;
  /** Further columns that were asked for, verbatim, by sacct's names. */
  readonly extra: Readonly<Record<string, string>>;
}

/** Seconds from the moment at which it could have started until it did. */
export function queueWaitSeconds({ submitTime, eligibleTime, startTime }: AccountingRecord): number | undefined {
  const since = eligibleTime ?? submitTime;
  return since === undefined || startTime === undefined ? undefined : Math.max(0, startTime - since);
}
