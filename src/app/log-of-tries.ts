import type { DescribedJob } from '../engine/describe-run.ts';
import { patternOfFirst } from '../engine/submit-try.ts';

/** All attempts of a job write into the log of the first. */
export function logOfTries(log: DescribedJob['log'], firstJobId: string | undefined): DescribedJob['log'] {
  if (log === undefined || firstJobId === undefined) return log;
  const { pattern, error } = log;
  return {
    ...log,
    pattern: patternOfFirst(pattern, firstJobId),
    ...(error === undefined ? {} : { error: patternOfFirst(error, firstJobId) }),
  };
}
