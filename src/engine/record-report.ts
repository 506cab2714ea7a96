import type { SubmissionOutcome, SubmissionReport } from '../cluster/cluster.ts';
import { tokenOfTask } from '../core/slurm/task-token.ts';
import { recordSubmission, type SubmissionUpdate } from '../store/jobs.ts';
import { type Lease, transactUnder } from '../store/leases.ts';
import { findRun, type HandoverPhase, noteSnapshot, setHandover } from '../store/runs.ts';
import type { EngineContext } from './engine-context.ts';
import { expandTasks, isSweepPlan, readStoredRun } from './run-description.ts';
import { settleRun } from './settle-run.ts';

/** Held while a process hands a run over, so that no other tries to finish it meanwhile. */
export function handoverLease(runId: string): string {
  return `handover:${runId}`;
}

export interface HandoverReport {
  readonly runId: string;
  /** The hand-over's. */
  readonly lease: Lease;
  readonly report: SubmissionReport;
}

/**
 * Writes what is known of a hand-over into the store, and the transitions that follow from it. False where that was known
 * already, or where another process has taken the hand-over in hand.
 */
export async function recordReport(
  { store, clusterId, now }: EngineContext,
  { runId, lease, report }: HandoverReport,
): Promise<boolean> {
  const written = await transactUnder(store, lease, () => {
    const at = now();
    // Nothing in the plan directory, and nobody who would still fill it: the run ended before it began.
    let changes = setHandover(store, runId, handoverOf(report)) ? 1 : 0;
    const tasks = tasksByArray(findRun(store, runId)?.plan ?? '{}');
    for (const [token, outcome] of report.outcomes) {
      for (const update of updatesOf(token, outcome, tasks.get(token))) {
        if (recordSubmission(store, update)) changes += 1;
      }
    }
    changes += settleRun(store, { runId, at });
    // A snapshot that was taken before may show jobs that are withdrawn by now.
    if (changes > 0) noteSnapshot(store, { clusterId, takenAt: at, now: at });
    return changes;
  });
  return written !== undefined && written > 0;
}

/** One that is deferred is not over: which window comes next, and why not now, its jobs say. */
function handoverOf({ phase }: SubmissionReport): HandoverPhase {
  if (phase === 'deferred') return 'running';
  return phase === 'absent' ? 'interrupted' : phase;
}

/** By the tokens of the arrays of a sweep: the indices of their tasks, each of which is a job of its own to us. */
function tasksByArray(plan: string): ReadonlyMap<string, readonly number[]> {
  const { sweep } = isSweepPlan(plan) ? readStoredRun(plan) : {};
  return new Map(sweep?.arrays.map(({ token, tasks }) => [token, expandTasks(tasks)]));
}

function updatesOf(
  token: string,
  outcome: SubmissionOutcome,
  tasks: readonly number[] | undefined,
): readonly SubmissionUpdate[] {
  const facts = factsOf(outcome);
  if (tasks === undefined) return [{ token, ...facts }];
  const { jobId } = facts;
  return tasks.map((index) => ({
    ...facts,
    token: tokenOfTask(token, index),
    jobId: jobId === undefined ? undefined : `${jobId}_${index}`,
  }));
}

function factsOf(outcome: SubmissionOutcome) {
  return {
    submission: outcome.kind,
    jobId: 'jobId' in outcome ? outcome.jobId : undefined,
    message: 'message' in outcome ? outcome.message : undefined,
  };
}
