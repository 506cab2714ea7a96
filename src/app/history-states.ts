import { UsageError } from '../core/errors.ts';
import { findStateName, type JobStatus, jobStatuses, parseJobState, stateNames } from '../core/slurm/job-state.ts';
import { didYouMean } from '../core/suggest.ts';
import type { EngineState } from '../core/workflow/run-state.ts';
import { statesOfStatus } from '../core/workflow/status-of-state.ts';
import type { StateFilter } from '../store/history.ts';

/** States that only a job of ours can have. */
const ownStates: readonly EngineState[] = ['waiting', 'skipped', 'lost', 'refused', 'withdrawn'];

/**
 * The states that a person asks for: one of the seven statuses, a state or flag of Slurm in full or short (`OUT_OF_MEMORY`, `NF`),
 * a word of srunx (`skipped`), or `all`. `undefined` where that means every job. Throws a UsageError for another word.
 */
export function parseHistoryStates(words: readonly string[]): StateFilter | undefined {
  if (words.length === 0 || words.some((word) => word.toUpperCase() === 'ALL')) return undefined;
  const filters = words.map(parseWord);
  return {
    states: filters.flatMap(({ states = [] }) => states),
    failureKinds: filters.flatMap(({ failureKinds = [] }) => failureKinds),
    phases: filters.flatMap(({ phases = [] }) => phases),
  };
}

function parseWord(word: string): Partial<StateFilter> {
  const own = ownStates.find((state) => state === word.toLowerCase());
  if (own !== undefined) return { states: [own] };
  const name = findStateName(word) ?? word.toUpperCase();
  if (isStatus(name)) return { states: statesOfStatus(name) };
  if (findStateName(word) === undefined) throw unknownState(word);
  const { failureKind, phase, status } = parseJobState(name);
  if (failureKind !== undefined) return { failureKinds: [failureKind] };
  return phase === undefined ? { states: statesOfStatus(status) } : { phases: [phase] };
}

function isStatus(word: string): word is JobStatus {
  return (jobStatuses as readonly string[]).includes(word);
}

function unknownState(word: string): UsageError {
  const all = ['all', ...jobStatuses, ...ownStates, ...stateNames];
  return new UsageError(`\`${word}\` is not a state of a job`, {
    code: 'usage.job_state',
    hint: didYouMean(word, all) ?? `There are: ${[...new Set(all)].join(', ')}.`,
  });
}
