import type { RunDescription } from './describe-run.ts';

const none: ReadonlySet<number> = new Set();

/** The jobs of a run whose failure counts as success, by their ordinals; from the text of its plan, which may be large. */
export function ignoredJobs(plan: string): ReadonlySet<number> {
  // A job's own words in there have quotes with backslashes.
  if (!plan.includes('"onError":"ignore"')) return none;
  const { jobs } = JSON.parse(plan) as RunDescription;
  return new Set(jobs.flatMap(({ onError }, ordinal) => (onError === 'ignore' ? [ordinal] : [])));
}
