import { hostname } from 'node:os';
import { formatTaskSet, rangesOf } from '../../core/slurm/job-id.ts';
import type { JobObservation } from '../../core/slurm/job-observation.ts';
import { parseJobState } from '../../core/slurm/job-state.ts';
import { makeObservation, type ObservationFacts } from '../../core/slurm/make-observation.ts';
import type { WaitReason } from './decide.ts';
import { type QueueJob, type QueueTask, taskId, timeLimitOf } from './queue.ts';

export interface ObservationContext {
  /** Why pending tasks wait, by raw id. */
  readonly waiting: ReadonlyMap<number, WaitReason>;
  /** Epoch ms. */
  readonly now: number;
}

/** The rows of one job, as squeue shows them: one for every task that was started, and one for all that wait alike. */
export type Observer = (job: QueueJob, context: ObservationContext) => JobObservation[];

/** The rows of ended tasks are made once: they do not change any more. */
export function createObserver(source: 'controller' | 'accounting'): Observer {
  const ended = new WeakMap<QueueTask, JobObservation>();
  const observe = (job: QueueJob, task: QueueTask, context: ObservationContext): JobObservation => {
    const row = ended.get(task) ?? makeRow(job, task, { ...context, source });
    if (task.state.kind === 'ended') ended.set(task, row);
    return row;
  };
  return (job, context) => {
    const rows: JobObservation[] = [];
    const waiting = new Map<string, QueueTask[]>();
    for (const task of job.tasks) {
      // A task that ran before has a history of its own.
      if (task.state.kind !== 'pending' || task.restarts > 0 || task.index === undefined) {
        rows.push(observe(job, task, context));
        continue;
      }
      const reason = context.waiting.get(task.rawId) ?? '';
      const alike = waiting.get(reason);
      if (alike === undefined) waiting.set(reason, [task]);
      else alike.push(task);
    }
    for (const [first, ...others] of waiting.values()) {
      if (first !== undefined) rows.push(toSetRow(job, [first, ...others], observe(job, first, context)));
    }
    return rows;
  };
}

function toSetRow({ id, spec }: QueueJob, tasks: readonly QueueTask[], first: JobObservation): JobObservation {
  const limit = spec.arrayLimit;
  const ranges = rangesOf(tasks.flatMap(({ index }) => index ?? []));
  const set = formatTaskSet({ ranges, truncated: false, ...(limit === undefined ? {} : { limit }) });
  return { ...first, jobId: `${id}_[${set}]`, rawId: `${id}`, arrayTask: set };
}

function makeRow(
  job: QueueJob,
  task: QueueTask,
  { waiting, now, source }: ObservationContext & { readonly source: JobObservation['source'] },
): JobObservation {
  const { spec } = job;
  const { word, ...facts } = stateFacts(task, now);
  return makeObservation({
    ...facts,
    jobId: taskId(job, task),
    rawId: `${task.rawId}`,
    arrayJobId: task.index === undefined ? undefined : `${job.id}`,
    arrayTask: task.index?.toString(),
    hetJobId: undefined,
    hetOffset: undefined,
    state: parseJobState(word),
    reason: facts.reason ?? waiting.get(task.rawId),
    submitTime: toSeconds(job.submittedAt),
    timeLimitSeconds: timeLimitOf(job, task),
    nodes: 1,
    cpus: spec.resources.cpus,
    gpus: spec.resources.gpus,
    gpuTypes: undefined,
    partition: spec.partition,
    user: spec.user,
    restarts: task.restarts,
    stdout: spec.launch.output,
    workDir: spec.launch.workDir,
    name: spec.name,
    comment: spec.comment,
    source,
  });
}

type StateFacts = Pick<
  ObservationFacts,
  'reason' | 'exit' | 'nodeList' | 'startTime' | 'endTime' | 'elapsedSeconds'
> & { readonly word: string };

const nothing = { reason: undefined, exit: undefined, nodeList: undefined, startTime: undefined, endTime: undefined };

function stateFacts({ state }: QueueTask, now: number): StateFacts {
  switch (state.kind) {
    case 'pending':
      return { ...nothing, word: 'PENDING', elapsedSeconds: 0 };
    case 'running':
      return {
        ...nothing,
        // Its end was asked for, and its processes are still there.
        word: state.ending === undefined ? 'RUNNING' : 'COMPLETING',
        nodeList: nodeName(),
        startTime: toSeconds(state.startedAt),
        elapsedSeconds: Math.max(0, toSeconds(now - state.startedAt)),
      };
    case 'ended': {
      const { word, reason, exit, startedAt, endedAt } = state;
      const facts = { ...nothing, word, reason, exit, endTime: toSeconds(endedAt) };
      if (startedAt === undefined) return { ...facts, elapsedSeconds: 0 };
      const elapsedSeconds = toSeconds(endedAt - startedAt);
      return { ...facts, nodeList: nodeName(), startTime: toSeconds(startedAt), elapsedSeconds };
    }
  }
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** The machine as a node: its short name, as `%N` in log patterns has it. */
export function nodeName(): string {
  return hostname().replace(/\..*$/, '');
}
