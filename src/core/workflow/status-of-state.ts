import type { JobStatus } from '../slurm/job-state.ts';
import type { EngineState } from './run-state.ts';

const statuses: Readonly<Record<EngineState, JobStatus>> = {
  waiting: 'PENDING',
  pending: 'PENDING',
  running: 'RUNNING',
  completed: 'COMPLETED',
  failed: 'FAILED',
  lost: 'FAILED',
  refused: 'FAILED',
  timeout: 'TIMEOUT',
  cancelled: 'CANCELLED',
  skipped: 'CANCELLED',
  withdrawn: 'CANCELLED',
  unknown: 'UNKNOWN',
};

/** The word on the wire for the engine's. */
export function statusOfState(state: EngineState): JobStatus {
  return statuses[state];
}

/** The engine's words that are shown as one of the seven. */
export function statesOfStatus(status: JobStatus): readonly EngineState[] {
  return (Object.keys(statuses) as EngineState[]).filter((state) => statuses[state] === status);
}
