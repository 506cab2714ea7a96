import type { TaskCounts } from './array-tasks.ts';
import type { JobState } from './job-state.ts';
import type { SqueueExtra } from './squeue-extras.ts';

/** `code:signal`. At most one of the two is non-zero in practice. */
export interface ExitStatus {
  readonly code: number;
  readonly signal: number;
}

/** One row about one job, array task, unstarted task set or heterogeneous component, from whichever source. */
export interface JobObservation {
  /** As Slurm shows it: `123`, `123_4`, `123_[3-5%2]`, `123+1`. */
  readonly jobId: string;
  /** The controller's own number; differs from `jobId` for array tasks and heterogeneous components. */
  readonly rawId: string;
  /** The array's master id; absent for plain jobs. */
  readonly arrayJobId?: string;
  /** The task index (`4`), or the expression of an unstarted set (`3-5%2`). */
  readonly arrayTask?: string;
  readonly hetJobId?: string;
  readonly hetOffset?: number;
  readonly state: JobState;
  /** Of a whole array of a workflow. */
  readonly tasks?: TaskCounts;
  /** Why it waits, or why it ended so; `undefined` for `None`. */
  readonly reason?: string;
  /** Epoch seconds. Start of a pending job is an estimate. */
  readonly submitTime?: number;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly elapsedSeconds?: number;
  /** `null`: no limit. */
  readonly timeLimitSeconds?: number | null;
  readonly nodes: number;
  readonly cpus: number;
  /** Over the whole job. */
  readonly gpus: number;
  /** The part of them that is of a certain type, by type; absent where the job has or asked for none by type. */
  readonly gpuTypes?: Readonly<Record<string, number>>;
  readonly partition?: string;
  readonly user?: string;
  readonly nodeList?: string;
  readonly exit?: ExitStatus;
  readonly restarts: number;
  /** As the source reported it: perhaps a pattern, perhaps relative to `workDir`. */
  readonly stdout?: string;
  readonly workDir?: string;
  readonly name: string;
  readonly comment?: string;
  readonly source: 'controller' | 'accounting' | 'receipt';
  /** What was asked for beyond that, verbatim, under squeue's names (`Account`, `QOS`); see `squeueExtras`. */
  readonly extra?: Readonly<Partial<Record<SqueueExtra, string>>>;
}
