import type { ExitStatus } from '../../core/slurm/job-observation.ts';
import type { Submission } from '../cluster.ts';
import type { Dependency } from './dependency.ts';

/** What a task occupies while it runs. Admission only: nothing keeps it from using more. */
export interface Resources {
  readonly cpus: number;
  readonly memoryMb: number;
  readonly gpus: number;
}

/** A process that can be told from a later one with the same number. */
export interface ProcessRef {
  readonly pid: number;
  /** Start time as the system counts it, perhaps with the boot it belongs to; equal only for the same process. */
  readonly start: string;
}

/** Words of Slurm for how a task ended. */
export type EndWord = 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMEOUT' | 'NODE_FAIL';

/** The end that was asked for, while the processes are still there. */
export interface Ending {
  readonly cause: 'cancel' | 'timeout' | 'requeue';
  /** When they were asked to end (epoch ms). */
  readonly since: number;
  /** They were killed: the grace is over. */
  readonly killed: boolean;
}

/**
 * A task is a job without an array, or one element of an array.
 *
 * | State | Meaning | Entered by | Left by |
 * |---|---|---|---|
 * | pending | nothing of it runs | submission; requeue; a shim that never began | start, cancel, a dependency that cannot be met |
 * | running | its shim is recorded, and may be waiting for the word to begin | start | its end, whatever the cause |
 * | ended | final, unless somebody requeues it | the end of its processes, or cancel | requeue |
 *
 * Only the runner changes tasks. All times are epoch ms.
 */
export type TaskState =
  | {
      readonly kind: 'pending';
      readonly held: boolean;
      /** It asked to be tried again, and not before (epoch ms). */
      readonly notBefore?: number;
      /** Grown, because it ran out of time before. */
      readonly timeLimitSeconds?: number | undefined;
    }
  | {
      readonly kind: 'running';
      readonly process: ProcessRef;
      readonly startedAt: number;
      /** Numbers of the GPUs it was given. */
      readonly gpus: readonly number[];
      /** The signal that announces the time limit was sent. */
      readonly warned: boolean;
      /** Grown, because it ran out of time before. */
      readonly timeLimitSeconds?: number | undefined;
      readonly ending?: Ending;
    }
  | {
      readonly kind: 'ended';
      readonly word: EndWord;
      /** Absent where it never started. */
      readonly startedAt?: number;
      readonly endedAt: number;
      readonly exit: ExitStatus;
      readonly reason?: string;
    };

export interface QueueTask {
  /** The number that belongs to this task alone. */
  readonly rawId: number;
  /** Its index in the array; `undefined` for a job without one. */
  readonly index: number | undefined;
  readonly restarts: number;
  readonly state: TaskState;
}

/** How long a task may run: `null` is for ever. */
export function timeLimitOf(
  job: { readonly spec: Pick<JobSpec, 'timeLimitSeconds'> },
  { state }: QueueTask,
): number | null {
  const own = state.kind === 'ended' ? undefined : state.timeLimitSeconds;
  return own ?? job.spec.timeLimitSeconds;
}

/** What a submission asked for, put into the form that this machine can give. Never changes. */
export interface JobSpec {
  readonly name: string;
  readonly comment: string;
  readonly partition: string;
  readonly user: string;
  readonly resources: Resources;
  /** `null`: none. */
  readonly timeLimitSeconds: number | null;
  readonly isArray: boolean;
  /** After `%`: how many tasks may run at once. */
  readonly arrayLimit?: number;
  readonly dependency: Dependency | null;
  /** A dependency that cannot be met ends the job; otherwise it waits for ever, as in Slurm. */
  readonly killOnInvalidDep: boolean;
  /** Not before (epoch ms). */
  readonly beginAt?: number;
  /** `undefined` where the submission says nothing. */
  readonly requeue?: boolean;
  readonly warning?: TimeLimitWarning;
  readonly onFailure?: Submission['onFailure'];
  readonly launch: LaunchSpec;
}

/** The signal that announces the time limit. */
export interface TimeLimitWarning {
  readonly signal: string;
  readonly secondsBefore: number;
  /** Only to the script itself, not to what it started. */
  readonly batchOnly: boolean;
}

export interface LaunchSpec {
  readonly workDir: string;
  readonly submitDir: string;
  readonly submitHost: string;
  readonly umask: number;
  /** Log patterns as written. */
  readonly output: string;
  readonly error?: string;
  readonly input?: string;
  readonly append: boolean;
  /** `--export` as written. */
  readonly exportPolicy?: string;
  /** As requested, for the variables that scripts read. */
  readonly ntasks: number;
  readonly cpusPerTask: number;
  readonly ntasksPerNode?: number;
  readonly memoryMbPerNode?: number;
  readonly account?: string;
  readonly qos?: string;
}

export interface QueueJob {
  readonly id: number;
  readonly token: string;
  readonly submittedAt: number;
  readonly spec: JobSpec;
  /** By index. */
  readonly tasks: readonly QueueTask[];
}

/** `123`, or `123_4`. */
export function taskId(job: Pick<QueueJob, 'id'>, task: Pick<QueueTask, 'index'>): string {
  return task.index === undefined ? `${job.id}` : `${job.id}_${task.index}`;
}

export function hasEnded({ state }: Pick<QueueTask, 'state'>): boolean {
  return state.kind === 'ended';
}
