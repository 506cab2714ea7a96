import type { JobObservation } from '../core/slurm/job-observation.ts';

/**
 * The exit code that `sbatch --wait` hands on: the highest over all tasks, and 1 for one that ended by a signal. Whatever
 * did not complete is no success, even where Slurm notes `0:0` (a time limit, a cancellation before the start).
 */
export function exitCodeOfJob(rows: readonly JobObservation[]): number {
  return Math.max(0, ...rows.map(exitCodeOfRow));
}

function exitCodeOfRow({ state, exit }: JobObservation): number {
  const code = (exit?.signal ?? 0) === 0 ? (exit?.code ?? 0) : 1;
  return state.status === 'COMPLETED' ? code : Math.max(1, code);
}
