import type { JobObservation } from '../slurm/job-observation.ts';
import { type CellFact, failFastWords, judgeSweep, type SweepEnd } from '../sweep/fail-fast.ts';
import { placeOf } from '../sweep/place-of.ts';
import type { FailFast } from '../sweep/sweep.ts';
import type { Absence } from './absence.ts';
import { type ErrorStrategy, stopsOthers } from './error-strategy.ts';
import type { EdgeType } from './graph.ts';

export const engineStates = [
  'waiting',
  'pending',
  'running',
  'completed',
  'failed',
  'timeout',
  'cancelled',
  'skipped',
  'lost',
  'unknown',
  'refused',
  'withdrawn',
] as const;
/**
 * A job of a run, as the engine sees it.
 *
 * | State | Meaning | Entered when | Final |
 * |---|---|---|---|
 * | waiting | not submitted yet | the run is recorded | |
 * | pending | in the cluster's queue | the submission has a job id | |
 * | running | has an allocation | observed so | |
 * | completed, failed, timeout, cancelled | ended | observed so | yes |
 * | skipped | never started, and never will: an edge cannot be satisfied, or a job that failed ends others | the cluster removed it | yes |
 * | lost | nobody knows, or ever will, how it ended | unknown to controller, accounting and receipts | yes |
 * | unknown | whether it was submitted, or what became of it, cannot be told | the sources are silent | |
 * | refused | the cluster said no | hand-over | yes |
 * | withdrawn | never submitted, or taken back: another job was refused, srunx ended before, or could not write the plan | hand-over | yes |
 */
export type EngineState = (typeof engineStates)[number];

export interface JobFacts {
  readonly name: string;
  readonly edges: readonly { readonly type: EdgeType; readonly parent: string }[];
  readonly submission: 'waiting' | 'submitted' | 'refused' | 'withdrawn' | 'unknown';
  /** The cluster's words where it refused; why it was never asked where that was not another's refusal. */
  readonly message?: string | undefined;
  /** What was seen last, if anything. */
  readonly seen?: JobObservation | undefined;
  readonly absence: Absence;
  /** The last that is known is that it was put back into the queue for another attempt. */
  readonly requeued?: boolean;
  /** What its failure means to the others. */
  readonly onError?: ErrorStrategy | undefined;
  /** Of a sweep that was added to: cells that fail end those of their own part. */
  readonly part?: number | undefined;
  /** It ended badly, and whether srunx submits it again is not decided yet. */
  readonly mayFollow?: boolean;
  /** It was cancelled only just now. */
  readonly fresh?: boolean;
  /** What it is already, where nothing new can change that: it has ended, or nothing was heard of it. */
  readonly kept?: SettledJob | undefined;
}

export interface SettledJob {
  readonly state: EngineState;
  readonly final: boolean;
  readonly reason: string | undefined;
}

/** The state of every job, parents before children. `over`: the hand-over has ended for good. */
export function settleJobs(
  jobs: readonly JobFacts[],
  { failFast, ...run }: { readonly handoverOver: boolean; readonly failFast?: FailFast | undefined },
): ReadonlyMap<string, SettledJob> {
  const settled = new Map<string, SettledJob>();
  const refused = jobs.find(({ submission }) => submission === 'refused')?.name;
  const stopped = jobs.find(hasStopped);
  const mayStop = stopped === undefined && jobs.some(mayStillStop);
  const undecided = new Set(jobs.filter(({ mayFollow }) => mayFollow).map(({ name }) => name));
  const sweeps = new Map(
    [...Map.groupBy(failFast === undefined ? [] : jobs, ({ part }) => part)].map(([part, ofPart]) => [
      part,
      failFast && { ...failFast, ...judgeSweep(ofPart.map(cellFact), failFast) },
    ]),
  );
  const context = { ...run, settled, refused, stopped, mayStop, undecided };
  for (const job of jobs) settled.set(job.name, settleJob(job, { ...context, sweep: sweeps.get(job.part) }));
  return settled;
}

interface SettleContext {
  readonly handoverOver: boolean;
  readonly settled: ReadonlyMap<string, SettledJob>;
  /** The job of the run that the cluster did not want. */
  readonly refused: string | undefined;
  /** The job whose failure has ended others. */
  readonly stopped: JobFacts | undefined;
  /** There may be such a job, of whose end nothing is known yet. */
  readonly mayStop: boolean;
  /** Those that ended badly and may be submitted again. */
  readonly undecided: ReadonlySet<string>;
  /** Of a sweep that failed cells end. */
  readonly sweep: (SweepEnd & FailFast) | undefined;
}

/** What a job says of the end of its sweep. */
export function cellFact({
  name,
  kept,
  seen,
  onError,
}: Pick<JobFacts, 'name' | 'kept' | 'seen' | 'onError'>): CellFact {
  const status = seen?.state.status;
  const hasFailed =
    kept === undefined ? status === 'FAILED' || status === 'TIMEOUT' : kept.final && isFailure(kept.state);
  const running = kept?.final !== true && status === 'RUNNING' && onError !== 'ignore';
  const begun = hasFailed || hasStarted(seen) || (seen?.restarts ?? 0) > 0;
  return { name, failed: hasFailed && onError !== 'ignore', running, begun, endTime: seen?.endTime };
}

function hasStopped({ onError, kept, seen }: JobFacts): boolean {
  if (!stopsOthers(onError)) return false;
  if (kept !== undefined) return kept.final && isFailure(kept.state);
  return seen?.state.terminal === true && (seen.state.status === 'FAILED' || seen.state.status === 'TIMEOUT');
}

function mayStillStop({ onError, kept, seen }: JobFacts): boolean {
  return stopsOthers(onError) && kept?.final !== true && seen?.state.status === 'RUNNING';
}

function settleJob(job: JobFacts, context: SettleContext): SettledJob {
  if (job.kept !== undefined) return job.kept;
  if (job.submission === 'refused') return end('refused', job.message);
  if (job.submission === 'withdrawn') return withdrawn(job, context);
  if (job.submission === 'waiting')
    return context.handoverOver ? withdrawn(job, context) : going('waiting', job.message);
  if (job.submission === 'unknown') return going('unknown', 'whether the cluster has it cannot be told');
  const obstacle = hasStarted(job.seen) ? undefined : unsatisfiableEdge(job, context.settled);
  return job.absence === 'none' ? observed(job, obstacle, context) : absent(job, obstacle, context);
}

function withdrawn(job: JobFacts, { refused, sweep }: SettleContext): SettledJob {
  const { submission, message } = job;
  // In a sweep that is handed over in parts, the end of the sweep may come before its submission.
  if (sweep?.by !== undefined && refused === undefined) return end('skipped', failFastWords(sweep.by));
  const words = submission === 'withdrawn' ? message : undefined;
  return end(
    'withdrawn',
    refused === undefined ? (words ?? 'srunx ended before it was submitted') : `${refused} was refused`,
  );
}

function absent(job: JobFacts, obstacle: Obstacle | undefined, context: SettleContext): SettledJob {
  const isLate = job.absence === 'fresh' && obstacle === undefined;
  const ended = isLate ? undefined : endedBySweep(job, { obstacle, ...context });
  if (ended !== undefined) return ended;
  // Slurm itself removes a job that waits for what cannot happen, and from 24.11 on without a record. What a lost parent came to
  // is not known, so it proves nothing about its children.
  if (obstacle !== undefined && obstacle.parent !== 'lost') return end('skipped', obstacle.words);
  // If somebody cancels it then, the accounting may never hear: it says for ever that the attempt before was requeued.
  if (job.requeued === true && job.absence !== 'fresh') return end('cancelled', 'before its next attempt began');
  switch (job.absence) {
    case 'long':
      return going('unknown', 'neither the controller nor the accounting knows it');
    case 'forever':
      return end('lost', 'no source knows how it ended');
    default:
      return observed(job, undefined, context);
  }
}

function observed(job: JobFacts, obstacle: Obstacle | undefined, context: SettleContext): SettledJob {
  const { seen } = job;
  const state = seen?.state;
  if (job.mayFollow === true) return going('pending', `${state?.failureKind ?? 'failed'}: ${nextAttempt}`);
  switch (state?.status) {
    case undefined:
    case 'PENDING':
      return going('pending', seen?.reason);
    case 'RUNNING':
      return going('running', state.phase);
    case 'COMPLETED':
      return end('completed', undefined);
    case 'FAILED':
      return end('failed', job.message ?? state.failureKind);
    case 'TIMEOUT':
      return end('timeout', job.message);
    case 'CANCELLED':
      // Slurm leaves the reason for which it waited before.
      return (
        endedBySweep(job, { obstacle, ...context }) ??
        (obstacle === undefined ? cancelled(job, context) : end('skipped', obstacle.words))
      );
    case 'UNKNOWN':
      return going('unknown', state.raw);
  }
}

const nextAttempt = 'the next attempt needs a srunx that follows the run';

/** By a person, or by a job that has failed. That one ends others before it ends itself, so its own end may not be seen yet. */
function cancelled(job: JobFacts, { stopped, mayStop, undecided }: SettleContext): SettledJob {
  // Why it never started is known with how its parent ends.
  const waitsForWord = !hasStarted(job.seen) && job.edges.some(({ parent }) => undecided.has(parent));
  if (waitsForWord) return going('pending', job.seen?.reason);
  if (stopped === undefined && mayStop && job.fresh === true) return going('pending', job.seen?.reason);
  if (stopped === undefined) return end('cancelled', undefined);
  const words = `${stopped.name} failed (on_error: ${stopped.onError})`;
  return hasStarted(job.seen) ? end('cancelled', words) : end('skipped', words);
}

/**
 * What a sweep that failed cells end makes of a job that is gone. The one who ended it may still be running: then it is not known yet.
 * What a cell that has begun cannot do any more is its own affair, unless everything ends.
 */
function endedBySweep(
  job: JobFacts,
  { sweep, obstacle }: Pick<SettleContext, 'sweep'> & { readonly obstacle: Obstacle | undefined },
): SettledJob | undefined {
  const cell = placeOf(job.name)?.cell;
  if (sweep === undefined || cell === undefined) return undefined;
  const isConcerned = !sweep.begun.has(cell) || (sweep.cancelRunning && obstacle === undefined);
  if (!isConcerned) return undefined;
  if (sweep.by !== undefined) {
    return end(hasStarted(job.seen) ? 'cancelled' : 'skipped', failFastWords(sweep.by));
  }
  return sweep.mayCome && job.fresh === true ? going('pending', job.seen?.reason) : undefined;
}

/** A job that was cancelled while it waited has a start and an end, too: the same moment, or no start. */
function hasStarted(seen: JobObservation | undefined): boolean {
  if (seen === undefined || seen.state.status === 'PENDING' || seen.state.status === 'UNKNOWN') return false;
  if (seen.state.status !== 'CANCELLED') return true;
  return seen.startTime !== undefined && (seen.endTime ?? 0) > seen.startTime;
}

const end = (state: EngineState, reason: string | undefined): SettledJob => ({ state, final: true, reason });
const going = (state: EngineState, reason?: string): SettledJob => ({ state, final: false, reason });

interface Obstacle {
  /** In words: `train failed (afterok)`. */
  readonly words: string;
  readonly parent: EngineState;
}

/** The first edge that can never be satisfied. */
function unsatisfiableEdge(job: JobFacts, settled: ReadonlyMap<string, SettledJob>): Obstacle | undefined {
  for (const { type, parent } of job.edges) {
    const state = settled.get(parent);
    if (state?.final !== true) continue;
    if (isImpossible(type, state.state)) return { words: `${parent} ${state.state} (${type})`, parent: state.state };
  }
  return undefined;
}

/**
 * Whether an edge can never be satisfied by a parent that has ended so. A skipped parent counts as cancelled, a lost one as failed;
 * `after` and `afterany` are content with any end.
 */
export function isImpossible(type: EdgeType, parent: EngineState): boolean {
  return type === 'afterok' ? parent !== 'completed' : type === 'afternotok' && parent === 'completed';
}

export const runStatuses = ['pending', 'running', 'completed', 'failed', 'cancelled', 'unknown'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** A run in which any of these has happened does not wait for its beginning any more. */
const begun = ['running', 'completed', 'failed', 'timeout', 'cancelled', 'skipped', 'lost'] as const;

/** What a job counts as in its run: where its failure is to be ignored, one that failed counts as completed. */
export function countedState(state: EngineState, { ignored }: { readonly ignored: boolean }): EngineState {
  return ignored && isFailure(state) ? 'completed' : state;
}

/** Not what a person has cancelled: that was meant. */
export function isFailure(state: EngineState): boolean {
  return state === 'failed' || state === 'timeout' || state === 'lost';
}

/** A run's status follows from its jobs alone. Skipped jobs are neither success nor failure: what they waited for is. */
export function runStatus(states: readonly EngineState[]): RunStatus {
  const has = (...wanted: readonly EngineState[]) => states.some((state) => wanted.includes(state));
  // Behind a submission that is unknown nothing is submitted or released until a person decides.
  const moves = has('running') || (has('pending', 'waiting') && !has('unknown'));
  if (moves) return has(...begun) ? 'running' : 'pending';
  if (has('failed', 'timeout', 'lost', 'refused')) return 'failed';
  // Without a refusal nothing was wrong with them: srunx ended in time.
  if (has('cancelled', 'withdrawn')) return 'cancelled';
  return has('unknown') ? 'unknown' : 'completed';
}
