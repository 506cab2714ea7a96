import type { JobObservation } from './job-observation.ts';
import { refineFailure } from './job-state.ts';

/** One row's facts: where an observation may lack something, a source says `undefined`. */
export type ObservationFacts = {
  readonly [Key in keyof JobObservation]-?: object extends Pick<JobObservation, Key>
    ? JobObservation[Key] | undefined
    : JobObservation[Key];
};

/**
 * An observation from the facts of a row, without those that are unknown and those that only look like facts: the end of
 * a job that has not ended is an estimate, and its `0:0` is no exit status.
 */
export function makeObservation(facts: ObservationFacts): JobObservation {
  const { exit, reason, endTime } = facts;
  const state = refineFailure(facts.state, { exit, reason });
  const ended = state.terminal || state.phase === 'completing';
  return withoutUndefined({
    ...facts,
    state,
    endTime: ended ? endTime : undefined,
    exit: ended || (exit?.code ?? 0) !== 0 || (exit?.signal ?? 0) !== 0 ? exit : undefined,
  });
}

function withoutUndefined(facts: ObservationFacts): JobObservation {
  const row: Partial<Record<keyof JobObservation, unknown>> = {};
  for (const key of Object.keys(facts) as (keyof JobObservation)[]) {
    if (facts[key] !== undefined) row[key] = facts[key];
  }
  return row as unknown as JobObservation;
}
