import { exitCodes, NotFoundError, RefusedError } from '../core/errors.ts';
import type { Output } from './output.ts';

/** What became of one job. */
export interface JobOutcome<Outcome extends string> {
  readonly jobId: string;
  readonly outcome: Outcome;
  readonly state?: string | undefined;
  readonly message?: string | undefined;
}

export interface ReportWords<Outcome extends string> {
  /** Each outcome in words, `still running` and the like included. */
  readonly say: (result: JobOutcome<Outcome>) => string;
  readonly isFailure: (outcome: Outcome) => boolean;
  /** `cancelled`, for `2 of 3 jobs were not cancelled`. */
  readonly past: string;
  /** Who may do it. */
  readonly deniedHint?: string | undefined;
}

/** One line per job on standard output. Throws where nothing was done because no job is there, or none may be touched. */
export function reportJobs<Outcome extends string>(
  results: readonly JobOutcome<Outcome>[],
  { say, isFailure, past, deniedHint }: ReportWords<Outcome>,
  out: Output,
): number {
  const isAll = (outcome: string) => results.every((result) => result.outcome === outcome);
  // Then the error says it, once.
  const isError = results.length > 0 && isAll('not_found');
  out.result(
    results.map(({ jobId, outcome, state, message }) => ({
      job_id: jobId,
      outcome,
      state: state ?? null,
      message: message ?? null,
    })),
    isError ? '' : results.map((result) => sentence(result, say)).join('\n'),
  );
  const failures = results.filter(({ outcome }) => isFailure(outcome));
  if (failures.length === 0) return exitCodes.success;
  const ids = failures.map(({ jobId }) => jobId).join(', ');
  if (isAll('not_found')) {
    throw new NotFoundError(`${ids}: no such job`, { code: 'job.not_found', hint: 'List jobs with `srunx squeue`.' });
  }
  if (isAll('denied')) {
    const said = [...new Set(results.flatMap(({ message }) => message ?? []))].join('\n');
    throw new RefusedError(`${ids}: not permitted`, {
      code: 'slurm.denied',
      ...(said === '' ? {} : { detail: said }),
      hint: deniedHint ?? 'Only the owner of a job or an administrator may do this.',
    });
  }
  out.note(`srunx: ${failures.length} of ${results.length} jobs were not ${past}: ${ids}`);
  return exitCodes.partial;
}

function sentence<Outcome extends string>(result: JobOutcome<Outcome>, say: ReportWords<Outcome>['say']): string {
  return `${result.jobId}: ${say(result)}${result.message === undefined ? '' : `: ${result.message}`}`;
}
