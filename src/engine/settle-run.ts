import type { JobObservation } from '../core/slurm/job-observation.ts';
import { settleJobs } from '../core/workflow/run-state.ts';
import { jobsOfRun, recordState } from '../store/jobs.ts';
import type { Store } from '../store/open-store.ts';
import { findRun } from '../store/runs.ts';
import type { RunDescription } from './describe-run.ts';

export interface Sight {
  /** The newest observation of each job that any source knows, by token. */
  readonly seen: ReadonlyMap<string, JobObservation>;
  /** Tokens of jobs that no source knows at this moment. */
  readonly vanished: ReadonlySet<string>;
  /** Tokens of jobs that every source was asked for in vain, long enough after their submission. */
  readonly absent: ReadonlySet<string>;
  /** False: the cluster keeps no accounts, so what is absent now stays so. */
  readonly canBeKnown: boolean;
}

/**
 * Brings the jobs of a run up to what is known, and writes a transition for each that changed. Runs inside the caller's
 * transaction. Returns how many changed.
 */
export function settleRun(store: Store, runId: string, at: number, sight?: Sight): number {
  const run = findRun(store, runId);
  if (run === undefined) return 0;
  const described = (JSON.parse(run.plan) as RunDescription).jobs;
  const rows = jobsOfRun(store, runId);
  const observations = rows.map(({ token, observation }) => sight?.seen.get(token) ?? observation);
  const settled = settleJobs(
    rows.map((row, index) => ({
      name: row.name,
      edges: described[row.ordinal]?.edges ?? [],
      submission: row.submission,
      message: row.message,
      state: observations[index]?.state,
      reason: observations[index]?.reason,
      vanished: sight?.vanished.has(row.token) ?? false,
      absent: sight?.absent.has(row.token) ?? false,
      canBeKnown: sight?.canBeKnown ?? true,
    })),
    { handoverOver: run.handover === 'refused' || run.handover === 'interrupted' },
  );
  let changed = 0;
  rows.forEach((row, index) => {
    const job = settled.get(row.name);
    const observation = observations[index];
    if (job === undefined) return;
    const stored = observation === undefined ? undefined : lasting(observation);
    const before = recordState(store, { runId, ordinal: row.ordinal, ...job, observation: stored, at });
    if (before !== undefined) changed += 1;
  });
  return changed;
}

/** Without what changes merely with time: the elapsed seconds, and the estimates of a job that has not got there yet. */
function lasting(observation: JobObservation): JobObservation {
  const { elapsedSeconds: _elapsed, startTime, endTime, ...rest } = observation;
  const { status, terminal } = observation.state;
  return {
    ...rest,
    ...(startTime === undefined || status === 'PENDING' ? {} : { startTime }),
    ...(endTime === undefined || !terminal ? {} : { endTime }),
  };
}
