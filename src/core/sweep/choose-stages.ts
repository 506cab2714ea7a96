import { type ChosenJobs, chooseJobs } from '../workflow/choose-jobs.ts';
import { placeOf } from './place-of.ts';

export interface ChosenStages<Job> extends ChosenJobs<Job> {
  /** The jobs of the workflow, by their names. */
  readonly stages: readonly string[];
}

/** Of the jobs of cells those that words name, as jobs of the workflow (`train`) or of one cell (`train#3`); all where there are none. */
export function chooseStages<Job extends { readonly name: string }>(
  jobs: readonly Job[],
  words: readonly string[],
): ChosenStages<Job> {
  const stageOf = (name: string) => placeOf(name)?.stage ?? name;
  const stages = [...new Set(jobs.map(({ name }) => stageOf(name)))];
  const whole = chooseJobs(
    stages.map((name) => ({ name })),
    words.filter((word) => !word.includes('#')),
  );
  const single = chooseJobs(
    jobs.map(({ name }) => ({ name })),
    words.filter((word) => word.includes('#')),
  );
  if (words.length === 0) return { jobs, unknown: [], stages };
  const named = new Set(words.some((word) => !word.includes('#')) ? whole.jobs.map(({ name }) => name) : []);
  const one = new Set(words.some((word) => word.includes('#')) ? single.jobs.map(({ name }) => name) : []);
  return {
    jobs: jobs.filter(({ name }) => named.has(stageOf(name)) || one.has(name)),
    unknown: [...whole.unknown, ...single.unknown],
    stages,
  };
}
