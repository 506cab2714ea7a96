import { NotFoundError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import { chooseJobs, type NamedJob } from '../core/workflow/choose-jobs.ts';

/** The jobs of a run that words name, all where there are none. Throws where one names no job. */
export function requireJobsNamed<Job extends NamedJob>(
  run: { readonly id: string; readonly jobs: readonly Job[] },
  words: readonly string[],
): readonly Job[] {
  const { jobs, unknown } = chooseJobs(run.jobs, words);
  const [word] = unknown;
  if (word === undefined) return jobs;
  const names = run.jobs.map(({ name }) => name);
  const some = names.length > 20 ? [...names.slice(0, 20), '...'] : names;
  throw new NotFoundError(`run ${run.id} has no job \`${word}\``, {
    code: 'run.no_job',
    hint: didYouMean(word, names) ?? `It has: ${some.join(', ')}.`,
  });
}
