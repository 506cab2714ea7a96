import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { presumeEnd } from './job-changes.ts';

export interface EndsRequest {
  readonly target: TargetName;
  /** Rows that had not ended, and are not in the queue any more. */
  readonly vanished: readonly JobObservation[];
  /** How long ago they were seen last. */
  readonly gapMs: number;
}

/** How vanished jobs ended: as the accounting says, else as it must be presumed. */
export async function endsOfJobs(
  context: AppContext,
  { target, vanished, gapMs }: EndsRequest,
): Promise<readonly JobObservation[]> {
  if (vanished.length === 0) return [];
  const cluster = await context.cluster(target);
  const { minJobAgeSeconds } = await cluster.capabilities(context.signal);
  const jobIds = vanished.map(({ jobId }) => jobId);
  const since = Math.min(...vanished.map(({ submitTime = 0 }) => submitTime));
  const records = await cluster.accounting({ jobIds, since, signal: context.signal });
  return vanished.map((row) => {
    const record = records.find(({ jobId, state }) => jobId === row.jobId && state.terminal);
    return record ?? presumeEnd(row, { couldHaveRun: gapMs > minJobAgeSeconds * 1000 });
  });
}
