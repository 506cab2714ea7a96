import type { RunStatus } from '../workflow/run-state.ts';
import { placeOf } from './place-of.ts';
import type { CellJob } from './sweep-summary.ts';

/**
 * `draining`: somebody has cancelled it, and cells that had begun are on their way to their end. `unknown`: nothing runs, and what became
 * of some jobs cannot be told.
 */
export type SweepRowStatus = RunStatus | 'draining';

/** How a sweep stands, for whoever may have cancelled it: then that it was is its end, whatever its running cells came to. */
export function sweepRowStatus(status: RunStatus, { isCancelled }: { readonly isCancelled: boolean }): SweepRowStatus {
  if (!isCancelled) return status;
  if (status === 'pending' || status === 'running') return 'draining';
  return status === 'unknown' ? status : 'cancelled';
}

/** A job of a cell with what is known of its end. */
export interface EndedCellJob extends CellJob {
  readonly reason: string | undefined;
  readonly exitCode: number | undefined;
  /** Epoch seconds. */
  readonly endTime: number | undefined;
}

/** What went wrong first: of the cell that failed before all others, and of equals the first. */
export function representativeError(jobs: readonly EndedCellJob[]): string | undefined {
  const failures = jobs.filter(
    ({ state, ignored }) => !ignored && (state === 'failed' || state === 'timeout' || state === 'lost'),
  );
  const time = ({ endTime = Infinity }: EndedCellJob) => endTime;
  const cell = ({ name }: EndedCellJob) => placeOf(name)?.cell ?? 0;
  const first = failures.reduce<EndedCellJob | undefined>((best, job) => {
    if (best === undefined) return job;
    const earlier = time(job) - time(best) || cell(job) - cell(best);
    return earlier < 0 ? job : best;
  }, undefined);
  if (first === undefined) return undefined;
  const { name, state, exitCode, reason } = first;
  const why = exitCode !== undefined && exitCode !== 0 ? `exit code ${exitCode}` : reason;
  return [`${name} ${state}`, ...(why === undefined ? [] : [why])].join(': ');
}
