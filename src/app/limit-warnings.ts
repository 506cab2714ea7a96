import { ConnectionError, NotFoundError } from '../core/errors.ts';
import { parseSbatchArgs } from '../core/job/sbatch-options.ts';
import { resolveRequest } from '../core/job/sbatch-request.ts';
import { parseDirectives } from '../core/job/script-directives.ts';
import { limitProblems } from '../core/slurm/limit-problems.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { isValidOption, type PlannedJob } from './plan-job.ts';

/** What the target's partitions would object to in a job, by one question; nothing is submitted. */
export async function limitWarnings(
  context: AppContext,
  { job, target }: { readonly job: PlannedJob; readonly target: TargetName },
): Promise<readonly string[]> {
  const { slurm } = await context.cluster(target);
  if (slurm === undefined) return [];
  const directives = parseDirectives(new TextDecoder().decode(job.script)).filter(isValidOption);
  const { options } = parseSbatchArgs(job.options);
  try {
    const partitions = await slurm.partitionLimits(context.signal);
    return limitProblems(resolveRequest({ directives, options, env: context.env }), partitions);
  } catch (error) {
    // A preview is worth having without, and a submission that succeeded has succeeded.
    if (error instanceof ConnectionError || error instanceof NotFoundError)
      return [`the limits could not be asked: ${error.message}`];
    throw error;
  }
}
