import type { ExitStatus } from '../../core/slurm/job-observation.ts';
import type { Ending, EndWord, JobSpec, QueueTask, TaskState } from './queue.ts';

export type Running = Extract<TaskState, { kind: 'running' }>;

/** What a wrapper leaves behind to be tried again: the place of Slurm's `scontrol requeue` and `scontrol update`. */
export interface Again {
  readonly delaySeconds: number;
  readonly timeLimitSeconds: number | undefined;
}

/** How the processes of a task came to their end. */
export type EndReport =
  | {
      readonly kind: 'exited';
      readonly exit: ExitStatus;
      readonly at: number;
      /** Its wrapper asks for another attempt. */
      readonly again?: Again | undefined;
    }
  /** The shim is gone without a word: killed, or the machine was restarted. */
  | { readonly kind: 'vanished'; readonly at: number }
  /** The shim is gone, and the script was never started: its runner died before giving the word. */
  | { readonly kind: 'unstarted' }
  /** The script could not be started. */
  | { readonly kind: 'failed'; readonly reason: string; readonly at: number };

/** A task whose shim keeps vanishing is not started again for ever (Slurm's default for batch jobs). */
const maxRestarts = 5;

/** The task after the end of its processes. */
export function afterEnd(
  task: QueueTask,
  { report, spec }: { readonly report: EndReport; readonly spec: JobSpec },
): QueueTask {
  const { state } = task;
  if (state.kind !== 'running') return task;
  const { ending, startedAt } = state;
  if (ending?.cause === 'requeue') return requeued(task);
  if (report.kind === 'unstarted') {
    if (ending === undefined) return { ...task, state: { kind: 'pending', held: false } };
    return withState(task, { ...asked(ending), endedAt: ending.since, exit: none });
  }
  if (report.kind === 'failed') return notLaunched(task, report);
  const endedAt = Math.max(report.at, startedAt);
  const exit = report.kind === 'exited' ? report.exit : killed;
  if (ending === undefined && report.kind === 'exited' && report.again !== undefined)
    return retried(task, report.again, endedAt);
  if (ending !== undefined) return withState(task, { ...asked(ending), startedAt, endedAt, exit });
  if (report.kind === 'exited') return withState(task, { ...judged(exit), startedAt, endedAt, exit });
  if (spec.requeue === true && task.restarts < maxRestarts) return requeued(task);
  return withState(task, { word: 'NODE_FAIL', startedAt, endedAt, exit: none, reason: 'NodeDown' });
}

const none: ExitStatus = { code: 0, signal: 0 };
const killed: ExitStatus = { code: 0, signal: 9 };

function withState(task: QueueTask, end: Omit<Extract<TaskState, { kind: 'ended' }>, 'kind'>): QueueTask {
  return { ...task, state: { kind: 'ended', ...end } };
}

function asked({ cause }: Ending): { word: EndWord; reason?: string } {
  return cause === 'timeout' ? { word: 'TIMEOUT', reason: 'TimeLimit' } : { word: 'CANCELLED' };
}

function judged({ code, signal }: ExitStatus): { word: EndWord; reason?: string } {
  if (signal !== 0) return { word: 'FAILED', reason: `RaisedSignal:${signal}` };
  return code === 0 ? { word: 'COMPLETED' } : { word: 'FAILED', reason: 'NonZeroExitCode' };
}

/** Back in the queue, one restart later. */
export function requeued(task: QueueTask): QueueTask {
  return { ...task, restarts: task.restarts + 1, state: { kind: 'pending', held: false } };
}

function retried(task: QueueTask, { delaySeconds, timeLimitSeconds }: Again, endedAt: number): QueueTask {
  const back = requeued(task);
  const limit = timeLimitSeconds ?? (task.state.kind === 'running' ? task.state.timeLimitSeconds : undefined);
  const notBefore = endedAt + delaySeconds * 1000;
  return {
    ...back,
    state: { kind: 'pending', held: false, notBefore, ...(limit === undefined ? {} : { timeLimitSeconds: limit }) },
  };
}

/** What Slurm shows for a job whose script could not be started: the exit status 0:53. */
const launchFailure: ExitStatus = { code: 0, signal: 53 };

/** The script could not be started; `reason` says why. */
export function notLaunched(
  task: QueueTask,
  { reason, at }: { readonly reason: string; readonly at: number },
): QueueTask {
  return withState(task, { word: 'FAILED', startedAt: at, endedAt: at, exit: launchFailure, reason });
}

/** Ended before it ever ran. */
export function cancelledPending(
  task: QueueTask,
  { at, reason }: { readonly at: number; readonly reason?: string },
): QueueTask {
  return withState(task, { word: 'CANCELLED', endedAt: at, exit: none, ...(reason === undefined ? {} : { reason }) });
}

/** Asked to end, for the first time or for a stronger reason. */
export function ending(task: QueueTask, request: Ending): QueueTask {
  return task.state.kind === 'running' ? { ...task, state: { ...task.state, ending: request } } : task;
}
