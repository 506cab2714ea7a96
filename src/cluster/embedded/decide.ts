import { isPerTask, type Judgement, judgeDependency } from './dependency.ts';
import { type QueueJob, type QueueTask, type Resources, timeLimitOf } from './queue.ts';
import { createReservation, fits, freeResources, type Reservation, takeFrom } from './resources.ts';

/** Slurm's words for why a task waits. */
export type WaitReason =
  | 'Dependency'
  | 'DependencyNeverSatisfied'
  | 'JobHeldUser'
  | 'BeginTime'
  | 'JobArrayTaskLimit'
  | 'Resources'
  | 'Priority';

/** Nothing that time or other jobs do can end these: no runner needs to stay for them. */
export const dormantReasons: ReadonlySet<WaitReason> = new Set(['JobHeldUser', 'DependencyNeverSatisfied']);

export interface QueueView {
  readonly machine: Resources;
  /** Epoch ms. */
  readonly now: number;
  /** Unfinished jobs, oldest first. */
  readonly jobs: readonly QueueJob[];
  /** Any job that another one may depend on, finished or not. */
  readonly parent: (id: number) => QueueJob | undefined;
}

export interface Start {
  readonly job: QueueJob;
  readonly task: QueueTask;
  readonly gpus: readonly number[];
}

export interface Decision {
  readonly start: readonly Start[];
  /** Tasks whose dependency cannot be met any more, and that asked to be ended then. */
  readonly drop: readonly { readonly job: QueueJob; readonly task: QueueTask }[];
  /** Why each of the others waits, by raw id. */
  readonly waiting: ReadonlyMap<number, WaitReason>;
  /** When to decide again even if nothing happens (epoch ms). */
  readonly wakeAt: number | undefined;
}

/**
 * What is to be done with the queue at this moment: oldest first. The first task that lacks resources is promised the
 * earliest moment at which it can have them, and younger ones start only where they do not delay it.
 */
export function decide(view: QueueView): Decision {
  const state: Deciding = {
    view,
    free: freeResources(view.machine, view.jobs),
    reservation: undefined,
    start: [],
    drop: [],
    waiting: new Map(),
    wakeAt: undefined,
  };
  for (const job of view.jobs) decideJob(state, job);
  const { start, drop, waiting, wakeAt } = state;
  return { start, drop, waiting, wakeAt };
}

interface Deciding {
  readonly view: QueueView;
  free: ReturnType<typeof freeResources>;
  reservation: Reservation | undefined;
  readonly start: Start[];
  readonly drop: { job: QueueJob; task: QueueTask }[];
  readonly waiting: Map<number, WaitReason>;
  wakeAt: number | undefined;
}

function decideJob(state: Deciding, job: QueueJob): void {
  const { spec } = job;
  const judge = createJudge(state.view, job);
  let running = job.tasks.reduce((count, task) => count + (task.state.kind === 'running' ? 1 : 0), 0);
  for (const task of job.tasks) {
    if (task.state.kind !== 'pending') continue;
    const judgement = judge(task);
    if (judgement.verdict === 'never' && spec.killOnInvalidDep) {
      state.drop.push({ job, task });
      continue;
    }
    const obstacle =
      obstacleOf(state, { job, task, judgement }) ??
      (running >= (spec.arrayLimit ?? Number.POSITIVE_INFINITY) ? 'JobArrayTaskLimit' : undefined) ??
      admit(state, job, task);
    if (obstacle !== undefined) state.waiting.set(task.rawId, obstacle);
    else running += 1;
  }
}

/** What does not depend on the machine. */
function obstacleOf(
  state: Deciding,
  { job, task, judgement }: { readonly job: QueueJob; readonly task: QueueTask; readonly judgement: Judgement },
): WaitReason | undefined {
  if (task.state.kind === 'pending' && task.state.held) return 'JobHeldUser';
  if (judgement.verdict === 'never') return 'DependencyNeverSatisfied';
  if (judgement.verdict === 'waiting') {
    wakeBy(state, judgement.until);
    return 'Dependency';
  }
  const { notBefore = 0 } = task.state.kind === 'pending' ? task.state : {};
  const beginAt = Math.max(job.spec.beginAt ?? 0, notBefore);
  if (beginAt <= state.view.now) return undefined;
  wakeBy(state, beginAt);
  return 'BeginTime';
}

function wakeBy(state: Deciding, at: number | undefined): void {
  if (at !== undefined) state.wakeAt = Math.min(state.wakeAt ?? at, at);
}

/** Starts the task, or says why not. */
function admit(state: Deciding, job: QueueJob, task: QueueTask): WaitReason | undefined {
  const { view, reservation } = state;
  const { resources } = job.spec;
  const timeLimitSeconds = timeLimitOf(job, task);
  const endsAt = timeLimitSeconds === null ? Number.POSITIVE_INFINITY : view.now + timeLimitSeconds * 1000;
  if (!fits(resources, state.free)) {
    state.reservation ??= createReservation({ ...view, free: state.free, wanted: resources, started: state.start });
    return 'Resources';
  }
  if (reservation !== undefined) {
    const harmless = Number.isFinite(reservation.at) && endsAt <= reservation.at;
    if (!harmless && !fits(resources, reservation.spare)) return 'Priority';
    if (!harmless) state.reservation = { at: reservation.at, spare: takeFrom(reservation.spare, resources).rest };
  }
  const { rest, gpus } = takeFrom(state.free, resources);
  state.free = rest;
  state.start.push({ job, task, gpus });
  return undefined;
}

/** Judges the tasks of one job; all alike in one go where their indices do not matter. */
function createJudge(view: QueueView, job: QueueJob): (task: QueueTask) => Judgement {
  const { dependency } = job.spec;
  const context = { job, now: view.now, parent: view.parent, openJobs: view.jobs, common: new Map() };
  if (dependency?.conditions.some(isPerTask)) return (task) => judgeDependency({ ...context, task });
  let common: Judgement | undefined;
  return (task) => {
    common ??= judgeDependency({ ...context, task });
    return common;
  };
}
