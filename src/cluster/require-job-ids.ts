import { UsageError } from '../core/errors.ts';
import { isJobId } from '../core/slurm/job-id.ts';

/** Refuses what is no job id before any program hears of it: `scancel 12_3x` must not become `scancel 12`. */
export function requireJobIds(jobIds: readonly string[]): void {
  const wrong = jobIds.find((jobId) => !isJobId(jobId));
  if (wrong === undefined) return;
  throw new UsageError(`${JSON.stringify(wrong)} is not a job id`, {
    code: 'usage.job_id',
    hint: 'Write ids as Slurm shows them: 4711, 4711_3, 4711_[0-9], 4711+1.',
  });
}
