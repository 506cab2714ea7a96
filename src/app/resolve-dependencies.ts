import { NotFoundError, UsageError } from '../core/errors.ts';
import type { SbatchOption } from '../core/job/sbatch-options.ts';
import { namesInDependency, replaceNames } from '../core/slurm/dependency-names.ts';
import { didYouMean } from '../core/suggest.ts';
import type { AppContext, TargetName } from './app-context.ts';

/** Options with ids in the place of job names in --dependency. Only a name costs a question: for the account's own queue. */
export async function resolveDependencies(
  context: AppContext,
  { options, target }: { readonly options: readonly SbatchOption[]; readonly target: TargetName },
): Promise<readonly SbatchOption[]> {
  const isNamed = ({ name, value }: SbatchOption) =>
    name === 'dependency' && value !== undefined && namesInDependency(value).length > 0;
  if (!options.some(isNamed)) return options;
  const cluster = await context.cluster(target);
  const { jobs } = await cluster.observe({ scope: 'me', signal: context.signal });
  const byName = Map.groupBy(
    jobs.filter(({ state }) => !state.terminal),
    ({ name }) => name,
  );
  const idOf = (name: string): string => {
    // All tasks of an array are one job here.
    const ids = [...new Set((byName.get(name) ?? []).map((job) => job.arrayJobId ?? job.hetJobId ?? job.rawId))];
    ids.sort((a, b) => Number(a) - Number(b));
    if (ids[0] !== undefined && ids.length === 1) return ids[0];
    if (ids.length > 1) throw ambiguous(name, ids);
    throw new NotFoundError(`--dependency: none of your jobs in the queue of ${target} is called \`${name}\``, {
      code: 'job.not_found',
      hint: didYouMean(name, byName.keys()) ?? '`srunx squeue --me` lists them; a job that has ended needs its id.',
    });
  };
  return options.map((option) =>
    isNamed(option) ? { ...option, value: replaceNames(option.value ?? '', idOf) } : option,
  );
}

function ambiguous(name: string, ids: readonly string[]): UsageError {
  return new UsageError(`--dependency: ${ids.length} of your jobs in the queue are called \`${name}\``, {
    code: 'usage.ambiguous_job',
    hint: `Write an id: ${ids.join(', ')}. For all of them: ${ids.join(':')}.`,
  });
}
