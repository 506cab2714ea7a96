import { UsageError } from '../../core/errors.ts';
import { expandTaskSet, parseJobId } from '../../core/slurm/job-id.ts';
import type { QueueJob, QueueTask } from './queue.ts';

export type Condition =
  | { readonly type: 'singleton' }
  | {
      readonly type: 'after' | 'afterany' | 'afterok' | 'afternotok' | 'aftercorr';
      readonly parent: number;
      /** Only these tasks of the parent's array; `undefined`: all. */
      readonly tasks?: readonly number[];
      /** Only the task that has the index of the one that waits; `aftercorr` is always so. */
      readonly twin?: true;
      /** Only the task so many indices before the one that waits; one that is in none of these ranges waits for nothing. Ascending. */
      readonly turns?: readonly { readonly first: number; readonly last: number; readonly shift: number }[];
      /** `after:ID+MINUTES`: that long after the start. */
      readonly delayMs?: number;
    };

type TaskCondition = Exclude<Condition, { type: 'singleton' }>;

export interface Dependency {
  /** `any`: the conditions were separated by `?`, and one of them is enough. */
  readonly mode: 'all' | 'any';
  readonly conditions: readonly Condition[];
}

/** `never`: it cannot be met any more. `until`: waiting ends then, by the clock alone (epoch ms). */
export type Judgement =
  | { readonly verdict: 'met' | 'never' }
  | { readonly verdict: 'waiting'; readonly until?: number | undefined };

export interface JudgeContext {
  readonly job: QueueJob;
  readonly task: QueueTask;
  readonly now: number;
  readonly parent: (id: number) => QueueJob | undefined;
  /** Unfinished jobs, oldest first, for `singleton`. */
  readonly openJobs: readonly QueueJob[];
  /** What was judged before of the conditions that are the same for all tasks of the job: a parent may have thousands. */
  readonly common?: Map<Condition, Judgement>;
}

const met: Judgement = { verdict: 'met' };
const never: Judgement = { verdict: 'never' };
const waiting: Judgement = { verdict: 'waiting' };

/** Whether a task's dependency lets it start, by Slurm's rules. */
export function judgeDependency(context: JudgeContext): Judgement {
  const { dependency } = context.job.spec;
  if (dependency === null) return met;
  const decisive = dependency.mode === 'all' ? 'never' : 'met';
  const judgements = dependency.conditions.map((condition) => {
    if (isPerTask(condition)) return judgeCondition(condition, context);
    const judgement = context.common?.get(condition) ?? judgeCondition(condition, context);
    context.common?.set(condition, judgement);
    return judgement;
  });
  const decided = judgements.find(({ verdict }) => verdict === decisive);
  if (decided !== undefined) return decided;
  const open = judgements.filter((judgement) => judgement.verdict === 'waiting');
  if (open.length === 0) return dependency.mode === 'all' ? met : never;
  const times = open.flatMap(({ until }) => until ?? []);
  return times.length === 0 ? waiting : { verdict: 'waiting', until: Math.min(...times) };
}

function judgeCondition(condition: Condition, context: JudgeContext): Judgement {
  if (condition.type === 'singleton') return judgeSingleton(context);
  const parent = context.parent(condition.parent);
  // A parent is kept as long as a child waits for it: one that is missing was removed by force.
  if (parent === undefined) return never;
  const tasks = tasksOf(parent, condition, context.task);
  switch (condition.type) {
    case 'after':
      return judgeStarted(tasks, { delayMs: condition.delayMs ?? 0, now: context.now });
    case 'afterany':
      if (condition.turns !== undefined) return judgeTurn(condition, context);
      return tasks.every(isEnded) ? met : waiting;
    case 'afternotok':
      if (!tasks.every(isEnded)) return waiting;
      return tasks.every(isCompleted) ? never : met;
    case 'afterok':
    case 'aftercorr':
      if (!tasks.every(isEnded)) return waiting;
      return tasks.every(isCompleted) ? met : never;
  }
}

/**
 * A turn that was given up before it came, because its task was cancelled while it waited, is the next one's only when it would have
 * come. There may be thousands of these one behind the other.
 */
function judgeTurn(condition: TaskCondition, { task, parent }: JudgeContext): Judgement {
  const known = new Set<QueueTask>();
  const left: { readonly condition: TaskCondition; readonly task: QueueTask }[] = [{ condition, task }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const job = parent(next.condition.parent);
    const [before] = job === undefined ? [] : tasksOf(job, next.condition, next.task);
    if (job === undefined || before === undefined || known.has(before)) continue;
    known.add(before);
    if (before.state.kind !== 'ended') return waiting;
    if (before.state.startedAt !== undefined) continue;
    for (const other of job.spec.dependency?.conditions ?? []) {
      if ('turns' in other) left.push({ condition: other, task: before });
    }
  }
  return met;
}

/** Whether it is a different one for each task of an array. */
export function isPerTask(condition: Condition): boolean {
  if (condition.type === 'singleton' || condition.type === 'aftercorr') return true;
  return condition.twin === true || condition.turns !== undefined;
}

/**
 * The tasks that a condition is about. `aftercorr` and twins pair equal indices; where the parent lacks the index, or one of the two
 * is no array, it is about the whole parent (as in Slurm, tried).
 */
function tasksOf(parent: QueueJob, condition: TaskCondition, child: QueueTask): readonly QueueTask[] {
  if (condition.turns !== undefined) {
    const before = taskBefore(condition.turns, child.index ?? 0);
    const task = before === undefined ? undefined : findTask(parent, before);
    return task === undefined ? [] : [task];
  }
  if (isPerTask(condition) && child.index !== undefined) {
    const twin = findTask(parent, child.index);
    if (twin !== undefined) return [twin];
  }
  const { tasks } = condition;
  return tasks === undefined ? parent.tasks : tasks.flatMap((index) => findTask(parent, index) ?? []);
}

function taskBefore(turns: NonNullable<TaskCondition['turns']>, index: number): number | undefined {
  let low = 0;
  let high = turns.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const turn = turns[middle];
    if (turn === undefined) return undefined;
    if (index < turn.first) high = middle - 1;
    else if (index > turn.last) low = middle + 1;
    else return index - turn.shift;
  }
  return undefined;
}

/** Tasks are in the order of their indices. */
export function findTask(job: Pick<QueueJob, 'tasks'>, index: number): QueueTask | undefined {
  let low = 0;
  let high = job.tasks.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const task = job.tasks[middle];
    if (task?.index === undefined) return undefined;
    if (task.index === index) return task;
    if (task.index < index) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

/** Met once all have started, or were cancelled before. */
function judgeStarted(
  tasks: readonly QueueTask[],
  { delayMs, now }: { readonly delayMs: number; readonly now: number },
): Judgement {
  let latest = 0;
  for (const { state } of tasks) {
    if (state.kind === 'pending') return waiting;
    latest = Math.max(latest, state.startedAt ?? (state.kind === 'ended' ? state.endedAt : 0));
  }
  const until = latest + delayMs;
  return until <= now ? met : { verdict: 'waiting', until };
}

/** Met while no job of this name that is older, or runs, is unfinished; tasks of one array go one after another too. */
function judgeSingleton({ job, task, openJobs }: JudgeContext): Judgement {
  const blocked = openJobs.some(
    (other) =>
      other.spec.name === job.spec.name &&
      other.tasks.some(
        ({ state, rawId, index }) =>
          state.kind === 'running' ||
          (state.kind === 'pending' &&
            rawId !== task.rawId &&
            (other.id < job.id || (other.id === job.id && (index ?? 0) < (task.index ?? 0)))),
      ),
  );
  return blocked ? waiting : met;
}

function isEnded({ state }: QueueTask): boolean {
  return state.kind === 'ended';
}

function isCompleted({ state }: QueueTask): boolean {
  return state.kind === 'ended' && state.word === 'COMPLETED';
}

/** Turns the number in a dependency into the job (and task) that it names; `undefined` where there is none. */
export type FindParent = (id: number) => { readonly job: number; readonly index?: number | undefined } | undefined;

const conditionPattern = /^(?:(after|afterany|afterok|afternotok|aftercorr|afterburstbuffer|expand):)?(.+)$/i;

/**
 * Reads the text of `--dependency`. Throws a UsageError for jobs that are not known: Slurm up to 22.05 takes them for
 * satisfied, which hides a typing error until it is too late.
 */
export function parseDependency(text: string, findParent: FindParent): Dependency {
  const mode = text.includes('?') ? 'any' : 'all';
  const parts = text.split(mode === 'any' ? '?' : /,(?![^[]*\])/);
  return { mode, conditions: parts.flatMap((part) => parseConditions(part, findParent)) };
}

function parseConditions(part: string, findParent: FindParent): Condition[] {
  if (part.toLowerCase() === 'singleton') return [{ type: 'singleton' }];
  const [, word = 'afterany', ids = ''] = conditionPattern.exec(part) ?? [];
  const type = word.toLowerCase();
  if (type === 'expand') {
    throw new UsageError('the embedded runner cannot expand jobs', {
      code: 'usage.dependency',
      hint: 'Remove `expand` from --dependency, or submit to Slurm.',
    });
  }
  return ids.split(':').map((id) => ({
    // There are no burst buffers, so nothing is left to wait for after the end.
    type: (type === 'afterburstbuffer' ? 'afterany' : type) as 'after',
    ...parseParent(id, { isStart: type === 'after', findParent }),
  }));
}

function parseParent(
  text: string,
  { isStart, findParent }: { readonly isStart: boolean; readonly findParent: FindParent },
): { readonly parent: number; readonly tasks?: readonly number[]; readonly delayMs?: number } {
  // `+n` is a time for `after`; elsewhere it names a component of a heterogeneous job, which cannot exist here.
  const [, reference = '', minutes] = /^(.*?)(?:\+(\d+))?$/.exec(text) ?? [];
  const parsed = parseJobId(reference.replace(/_\*$/, ''));
  const found = parsed === undefined ? undefined : findParent(Number(parsed.base));
  if (parsed === undefined || found === undefined || (minutes !== undefined && !isStart)) throw unknownParent(text);
  const { task } = parsed;
  const named = task === undefined ? undefined : task.kind === 'index' ? [task.index] : expandTaskSet(task.set);
  const tasks = named ?? (found.index === undefined ? undefined : [found.index]);
  return {
    parent: found.job,
    ...(tasks === undefined ? {} : { tasks }),
    ...(minutes === undefined ? {} : { delayMs: Number(minutes) * 60_000 }),
  };
}

function unknownParent(text: string): UsageError {
  return new UsageError(`the dependency names job ${text}, which the embedded runner does not know`, {
    code: 'usage.dependency',
    hint: 'List jobs with `srunx squeue --embedded`.',
  });
}
