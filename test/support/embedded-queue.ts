import type { JobSpec, QueueJob, QueueTask, TaskState } from '../../src/cluster/embedded/queue.ts';
import type { Running } from '../../src/cluster/embedded/task-changes.ts';

export const pending: TaskState = { kind: 'pending', held: false };
export const held: TaskState = { kind: 'pending', held: true };

export function running(changes: Partial<Running> = {}): Running {
  const process = { pid: 4711, start: 'boot:1' };
  return { kind: 'running', process, startedAt: 0, gpus: [], warned: false, ...changes };
}

export function ended(changes: Partial<Extract<TaskState, { kind: 'ended' }>> = {}): TaskState {
  return { kind: 'ended', word: 'COMPLETED', startedAt: 0, endedAt: 0, exit: { code: 0, signal: 0 }, ...changes };
}

export const failed = ended({ word: 'FAILED', exit: { code: 1, signal: 0 } });

export function task(changes: Partial<QueueTask> = {}): QueueTask {
  return { rawId: 1, index: undefined, restarts: 0, state: pending, ...changes };
}

export interface JobDraft extends Partial<Omit<JobSpec, 'resources'>> {
  readonly id: number;
  /** One state: a job; several: an array with the indices from 0. */
  readonly states?: readonly TaskState[];
  readonly indices?: readonly number[];
  readonly cpus?: number;
  readonly gpus?: number;
  readonly memoryMb?: number;
}

export function job({
  id,
  states = [pending],
  indices,
  cpus = 1,
  gpus = 0,
  memoryMb = 0,
  ...spec
}: JobDraft): QueueJob {
  const isArray = states.length > 1 || indices !== undefined;
  return {
    id,
    token: `token-${id}`,
    submittedAt: 0,
    spec: {
      name: `job-${id}`,
      comment: '',
      partition: 'embedded',
      user: 'somebody',
      resources: { cpus, gpus, memoryMb },
      timeLimitSeconds: null,
      isArray,
      dependency: null,
      killOnInvalidDep: true,
      launch: {
        workDir: '/',
        submitDir: '/',
        submitHost: 'host',
        umask: 0o22,
        output: 'slurm-%j.out',
        append: false,
        ntasks: 1,
        cpusPerTask: 1,
      },
      ...spec,
    },
    tasks: states.map((state, position) =>
      task({ rawId: id + position, index: isArray ? (indices?.[position] ?? position) : undefined, state }),
    ),
  };
}
