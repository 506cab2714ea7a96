import process from 'node:process';
import type { SweepRun } from '../app/view-sweep-run.ts';
import { placeOf } from '../core/sweep/place-of.ts';
import type { EngineState } from '../core/workflow/run-state.ts';
import type { TransitionRow } from '../store/jobs.ts';

/** Something that happened to a job. */
export interface SweepJobEvent {
  readonly sweepRunId: string;
  /** Of the workflow. */
  readonly job: string;
  /** Absent: the job runs once, after all cells. */
  readonly cell: number | undefined;
  readonly jobId: string | undefined;
  readonly from: EngineState;
  readonly to: EngineState;
  /** Epoch ms. */
  readonly at: number;
  readonly reason: string | undefined;
}

/** Told of what happens to a sweep. What one of them throws becomes a warning of the process, and changes nothing. */
export interface SweepCallbacks {
  onJobSubmitted?(event: SweepJobEvent): void;
  onJobRunning?(event: SweepJobEvent): void;
  onJobCompleted?(event: SweepJobEvent): void;
  /** By a time limit, too. */
  onJobFailed?(event: SweepJobEvent): void;
  onJobCancelled?(event: SweepJobEvent): void;
  /** At the beginning, and whenever `status` is another than before. */
  onSweepStatus?(sweep: SweepRun): void;
  /** The cluster does not answer. The waiting goes on. */
  onSilence?(message: string): void;
}

type JobCallback = Exclude<keyof SweepCallbacks, 'onSweepStatus' | 'onSilence'>;

const callbackOf: Readonly<Partial<Record<EngineState, JobCallback>>> = {
  pending: 'onJobSubmitted',
  running: 'onJobRunning',
  completed: 'onJobCompleted',
  failed: 'onJobFailed',
  timeout: 'onJobFailed',
  lost: 'onJobFailed',
  cancelled: 'onJobCancelled',
};

export function tellChanges(
  callbacks: readonly SweepCallbacks[],
  { runId, changes }: { readonly runId: string; readonly changes: readonly TransitionRow[] },
): void {
  if (callbacks.length === 0) return;
  for (const { name, jobId, fromState, toState, at, reason } of changes) {
    const [from, to] = [fromState as EngineState, toState as EngineState];
    const { stage, cell } = placeOf(name) ?? { stage: name, cell: undefined };
    const key = to === 'pending' && from !== 'waiting' ? undefined : callbackOf[to];
    if (key === undefined) continue;
    const event = { sweepRunId: runId, job: stage, cell, from, to, at };
    const full = { ...event, jobId: jobId ?? undefined, reason: reason ?? undefined };
    tellEach(callbacks, (one) => one[key]?.(full));
  }
}

export function tellEach(callbacks: readonly SweepCallbacks[], tell: (one: SweepCallbacks) => void): void {
  for (const one of callbacks) {
    try {
      tell(one);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}
