import type { CancelResult } from '../app/cancel-jobs.ts';
import { exitCodes, NotFoundError, RefusedError } from '../core/errors.ts';
import type { Output } from './output.ts';

/** One line per job on standard output. Throws where none was cancelled because none is there, or none may be touched. */
export function reportCancelled(results: readonly CancelResult[], out: Output): number {
  const isAll = (outcome: CancelResult['outcome']) => results.every((result) => result.outcome === outcome);
  // Then the error says it, once.
  const isError = results.length > 0 && isAll('not_found');
  out.result(
    results.map(({ jobId, outcome, state, message }) => ({
      job_id: jobId,
      outcome,
      state: state ?? null,
      message: message ?? null,
    })),
    isError ? '' : results.map(sentence).join('\n'),
  );
  const failures = results.filter(({ outcome }) => isFailure(outcome));
  if (failures.length === 0) return exitCodes.success;
  const ids = failures.map(({ jobId }) => jobId).join(', ');
  if (isAll('not_found')) {
    throw new NotFoundError(`${ids}: no such job`, { code: 'job.not_found', hint: 'List jobs with `srunx squeue`.' });
  }
  if (isAll('denied')) {
    throw new RefusedError(`${ids}: not permitted`, {
      code: 'slurm.denied',
      hint: 'Only the owner of a job or an administrator may do this.',
    });
  }
  out.note(`srunx: ${failures.length} of ${results.length} jobs were not cancelled: ${ids}`);
  return exitCodes.partial;
}

function isFailure(outcome: CancelResult['outcome']): boolean {
  return outcome === 'not_found' || outcome === 'denied' || outcome === 'failed';
}

function sentence({ jobId, outcome, state, message }: CancelResult): string {
  const words: Record<CancelResult['outcome'], string> = {
    cancelled: 'cancelled',
    signalled: `signalled${state === undefined ? '' : `, still ${state}`}`,
    already_finished: `already finished${state === undefined ? '' : ` (${state})`}`,
    not_found: 'not found',
    denied: 'permission denied',
    failed: 'failed',
  };
  return `${jobId}: ${words[outcome]}${message === undefined ? '' : `: ${message}`}`;
}
