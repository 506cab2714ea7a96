import { type JobSpec, type QueueTask, timeLimitOf } from './queue.ts';
import { ending, type Running } from './task-changes.ts';

/** A signal to the processes of a task. */
export interface TaskSignal {
  readonly rawId: number;
  readonly name: string;
  /** Only to the script itself. */
  readonly batchOnly: boolean;
}

export interface DueSteps {
  readonly task: QueueTask;
  readonly signals: readonly TaskSignal[];
  /** When the next step is due (epoch ms). */
  readonly nextAt: number | undefined;
}

export interface DueContext {
  readonly spec: JobSpec;
  readonly now: number;
  /** Between the request to end and the kill. */
  readonly killWaitMs: number;
}

/** What the clock asks of a running task: the warning before its time limit, the limit, the kill after the grace. */
export function dueSteps(task: QueueTask, context: DueContext): DueSteps {
  if (task.state.kind !== 'running') return { task, signals: [], nextAt: undefined };
  const steps =
    task.state.ending === undefined ? limitSteps(task, task.state, context) : graceSteps(task, task.state, context);
  return steps;
}

function limitSteps(task: QueueTask, state: Running, { spec, now, killWaitMs }: DueContext): DueSteps {
  const limit = timeLimitOf({ spec }, task);
  if (limit === null) return { task, signals: [], nextAt: undefined };
  const limitAt = state.startedAt + limit * 1000;
  if (now >= limitAt) {
    const ended = ending(task, { cause: 'timeout', since: now, killed: false });
    return { task: ended, signals: endSignals(task.rawId), nextAt: now + killWaitMs };
  }
  const { warning } = spec;
  if (warning === undefined || state.warned) return { task, signals: [], nextAt: limitAt };
  const warnAt = limitAt - warning.secondsBefore * 1000;
  if (now < warnAt) return { task, signals: [], nextAt: warnAt };
  return {
    task: { ...task, state: { ...state, warned: true } },
    signals: [{ rawId: task.rawId, name: warning.signal, batchOnly: warning.batchOnly }],
    nextAt: limitAt,
  };
}

function graceSteps(task: QueueTask, state: Running, { now, killWaitMs }: DueContext): DueSteps {
  const { ending: request } = state;
  if (request === undefined || request.killed) return { task, signals: [], nextAt: undefined };
  const killAt = request.since + killWaitMs;
  if (now < killAt) return { task, signals: [], nextAt: killAt };
  return {
    task: ending(task, { ...request, killed: true }),
    signals: [killSignal(task.rawId)],
    nextAt: undefined,
  };
}

export function killSignal(rawId: number): TaskSignal {
  return { rawId, name: 'KILL', batchOnly: false };
}

/** CONT after TERM, so that a stopped process gets to know of it. */
export function endSignals(rawId: number): TaskSignal[] {
  return ['TERM', 'CONT'].map((name) => ({ rawId, name, batchOnly: false }));
}
