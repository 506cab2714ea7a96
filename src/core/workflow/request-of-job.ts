import { UsageError } from '../errors.ts';
import { parseSbatchArgs, type SbatchOption } from '../job/sbatch-options.ts';
import { resolveRequest, type SbatchRequest } from '../job/sbatch-request.ts';
import { parseDirectives } from '../job/script-directives.ts';
import type { PlannedJob } from './plan.ts';

export type RequestingJob = Pick<PlannedJob, 'kind' | 'script' | 'options'>;

export interface JobRequest extends SbatchRequest {
  /** It leaves the number of nodes to Slurm: `2-6`. */
  readonly hasChoice: boolean;
}

/** A plan is asked about each of its jobs for several reasons; jobs never change. */
const known = new WeakMap<RequestingJob, JobRequest | undefined>();

/** What a job asks for, by its options and its script. `undefined`: sbatch will refuse the script, and says it better. */
export function requestOf(job: RequestingJob): JobRequest | undefined {
  if (!known.has(job)) known.set(job, readRequest(job));
  return known.get(job);
}

function readRequest({ kind, script, options }: RequestingJob): JobRequest | undefined {
  const given = parseSbatchArgs(options).options;
  const directives = kind === 'shell' ? parseDirectives(script) : [];
  try {
    const hasChoice = nodesOf([...directives, ...given])?.includes('-') === true;
    return { ...resolveRequest({ directives, options: given }), hasChoice };
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

function nodesOf(options: readonly SbatchOption[]): string | undefined {
  return options.findLast(({ name }) => name === 'nodes')?.value;
}
