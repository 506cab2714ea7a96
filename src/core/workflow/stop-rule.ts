import type { StopRule } from '../job/stop-others.ts';
import { type ErrorStrategy, stopsOthers } from './error-strategy.ts';

interface RuledJob {
  readonly name: string;
  readonly onError?: ErrorStrategy | undefined;
  readonly isFinal?: boolean | undefined;
  readonly handles?: string | undefined;
}

/**
 * What the failure of a job ends, if anything. The jobs of `finally` stay, and so does what answers this failure. Where the others go
 * on running, what answers theirs stays too.
 */
export function stopRule(
  { name, onError }: RuledJob,
  { jobs, token }: { readonly jobs: readonly RuledJob[]; readonly token: (name: string) => string },
): StopRule | undefined {
  if (!stopsOthers(onError)) return undefined;
  const isSpared = ({ isFinal, handles }: RuledJob) =>
    isFinal === true || (handles !== undefined && (onError === 'finish' || handles === name));
  const spare = jobs.filter(isSpared).map((job) => token(job.name));
  return { ends: onError === 'finish' ? 'pending' : 'all', spare };
}
