import type { EngineState } from '../workflow/run-state.ts';
import { countHeld, isAtRest } from './held-tasks.ts';
import { placeOf } from './place-of.ts';

/** A job of the workflow, as far as it matters what comes after it. */
export interface EstimatedStage {
  readonly name: string;
  readonly edges: readonly { readonly type: string; readonly parent: string }[];
}

/** A task of a cell. */
export interface EstimatedJob {
  /** `train#12`. */
  readonly name: string;
  readonly state: EngineState;
  readonly reason: string | undefined;
  /** Epoch seconds. */
  readonly startTime: number | undefined;
}

export interface EstimateFacts {
  readonly jobs: readonly EstimatedJob[];
  /** Parents before children. */
  readonly stages: readonly EstimatedStage[];
  /** How long tasks of each job ran that have completed, in seconds. */
  readonly durations: ReadonlyMap<string, readonly number[]>;
  /** Of the tasks of each job. */
  readonly maxParallel: number;
  readonly cellsInTurn?: number | undefined;
  /** Epoch seconds. */
  readonly now: number;
}

/** What is left of one job of the workflow. */
interface StageLeft {
  /** Seconds that one of its tasks takes. */
  readonly length: number;
  /** Of those that run, the seconds that they still need. */
  readonly running: readonly number[];
  /** Of those that have not begun, how many will. */
  readonly waiting: number;
  /** Seconds from the end of one of its tasks to the end of its cell. */
  readonly after: number;
}

/**
 * The seconds that a sweep still needs, if tasks take as long as those that have completed did (the median for each job, or of all for a job of
 * which none has) and it keeps the places that it has: what `max_parallel` allows, or as many as run now where tasks wait for nothing
 * but room. `undefined` where that is not known: none has completed yet, nothing runs for want of room, it is paused,
 * or held while nothing runs, or it has ended.
 */
export function estimateEnd(facts: EstimateFacts): number | undefined {
  const { jobs, durations, maxParallel } = facts;
  const all = [...durations.values()].flat();
  if (all.length === 0 || countHeld(jobs).paused || isAtRest(jobs)) return undefined;
  if (jobs.every(({ state }) => !isOpen(state))) return undefined;
  const running = jobs.filter(({ state }) => state === 'running').length;
  const isShort = jobs.some(({ state, reason }) => state === 'pending' && !isOurs(reason));
  if (isShort && running === 0) return undefined;
  const left = [...stagesLeft(facts, median(all)).values()];
  const spans = left.map(({ after, ...stage }) =>
    stage.running.length + stage.waiting === 0 ? 0 : after + spanOf(stage, maxParallel),
  );
  const work = left.reduce((sum, one) => sum + one.waiting * one.length + sumOf(one.running), 0);
  return Math.round(Math.max(...spans, inTurns(facts, left), isShort ? work / running : 0));
}

function isOpen(state: EngineState): boolean {
  return state === 'running' || state === 'pending' || state === 'waiting';
}

/** It waits for what the sweep itself or its user has said, and not for room. */
function isOurs(reason: string | undefined): boolean {
  return reason === undefined || /^(?:None|Dependency|JobArrayTaskLimit|BeginTime|JobHeld\w*)$/.test(reason);
}

/** The tasks of one job of the workflow. */
interface StageTasks {
  readonly running: EstimatedJob[];
  waiting: number;
  skipped: number;
  ended: number;
}

function stagesLeft({ jobs, stages, durations, now }: EstimateFacts, other: number): ReadonlyMap<string, StageLeft> {
  const tasks = tasksByStage(jobs);
  const left = new Map<string, StageLeft & { readonly share: number }>();
  for (const stage of stages.toReversed()) {
    const { running, waiting, ...over } = tasks.get(stage.name) ?? noTasks();
    const own = durations.get(stage.name) ?? [];
    const length = own.length === 0 ? other : median(own);
    const share = shareThatRuns(stage, over);
    const children = stages.filter(({ edges }) => edges.some(({ parent }) => parent === stage.name));
    const afters = children.flatMap(({ name }) => {
      const child = left.get(name);
      return child === undefined || child.share < 0.5 ? [] : [child.length + child.after];
    });
    left.set(stage.name, {
      ...{ length, share, waiting: Math.ceil(waiting * share), after: Math.max(0, ...afters) },
      running: running.map(({ startTime = now }) => Math.max(0, length - (now - startTime))),
    });
  }
  return left;
}

/** In one pass: there may be tens of thousands. */
function tasksByStage(jobs: readonly EstimatedJob[]): ReadonlyMap<string, StageTasks> {
  const stages = new Map<string, StageTasks>();
  for (const job of jobs) {
    const name = placeOf(job.name)?.stage ?? job.name;
    const tasks = stages.get(name) ?? noTasks();
    stages.set(name, tasks);
    if (job.state === 'running') tasks.running.push(job);
    else if (job.state === 'skipped') tasks.skipped += 1;
    else if (isOpen(job.state)) tasks.waiting += 1;
    else tasks.ended += 1;
  }
  return stages;
}

const noTasks = (): StageTasks => ({ running: [], waiting: 0, skipped: 0, ended: 0 });

/** Some tasks never begin, because what they wait for has failed, or has not. */
function shareThatRuns({ edges }: EstimatedStage, { skipped, ended }: Pick<StageTasks, 'skipped' | 'ended'>): number {
  if (skipped + ended > 0) return ended / (skipped + ended);
  return edges.some(({ type }) => type === 'afternotok') ? 0 : 1;
}

/** Where so many cells are under way at once: each takes as long as its longest way. */
function inTurns({ jobs, cellsInTurn }: EstimateFacts, left: readonly StageLeft[]): number {
  if (cellsInTurn === undefined) return 0;
  const length = Math.max(...left.map((stage) => stage.length + stage.after));
  const cells = [...Map.groupBy(jobs, ({ name }) => placeOf(name)?.cell ?? -1).values()];
  const open = cells.filter((cell) => cell.some(({ state }) => isOpen(state)));
  const waiting = open.filter((cell) => cell.every(({ state }) => state === 'pending' || state === 'waiting')).length;
  // Those under way are half done, as far as can be told.
  const running = Array.from({ length: open.length - waiting }, () => length / 2);
  return spanOf({ length, running, waiting }, cellsInTurn);
}

/** Until all have ended, where each takes the place that is free first. */
function spanOf({ length, running, waiting }: Omit<StageLeft, 'after'>, places: number): number {
  const idle = Math.max(0, Math.min(places - running.length, waiting));
  const free = [...Array.from({ length: idle }, () => 0), ...running.toSorted((one, other) => one - other)];
  // Both ascend.
  const ends: number[] = [];
  let [first, next] = [0, 0];
  for (let count = 0; count < waiting; count += 1) {
    const begins = (free[first] ?? Number.POSITIVE_INFINITY) <= (ends[next] ?? Number.POSITIVE_INFINITY);
    ends.push(length + ((begins ? free[first] : ends[next]) ?? 0));
    if (begins) first += 1;
    else next += 1;
  }
  return Math.max(0, free.at(-1) ?? 0, ends.at(-1) ?? 0);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
