import { heldPart } from '../core/slurm/held-reason.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { JobUpdate } from '../core/slurm/job-update.ts';
import type { ControlVerb } from './control-jobs.ts';

/** All of it, where a row stands for several tasks. */
export function isHeld({ reason, state }: JobObservation): boolean {
  return state.phase === 'held' || heldPart(reason) === 'all';
}

/** At least some of its tasks. */
export function isPartlyHeld({ reason, state }: JobObservation): boolean {
  return state.phase === 'held' || heldPart(reason) !== 'none';
}

export function isWaiting({ state }: JobObservation): boolean {
  return state.status === 'PENDING';
}

/** A job that runs goes on; it would be held when it is requeued. */
export const hold: ControlVerb = {
  name: 'hold',
  words: (list) => ['hold', list],
  embedded: 'hold',
  takesEnded: false,
  extra: [],
  missing: (row) => (!isWaiting(row) || isHeld(row) ? undefined : 'the queue does not show it as held'),
};

/** An administrator's `hold` is one that only administrators release; this one its owner can always release. */
export const holdAsUser: ControlVerb = { ...hold, words: (list) => ['uhold', list] };

export const release: ControlVerb = {
  name: 'release',
  words: (list) => ['release', list],
  embedded: 'release',
  takesEnded: false,
  extra: [],
  endProves: true,
  missing: (row) => (isWaiting(row) && isHeld(row) ? 'the queue still shows it as held' : undefined),
};

/** A job that has ended runs once more under its id, as long as the controller remembers it. */
export function requeue({ held }: { readonly held: boolean }): ControlVerb {
  return {
    name: held ? 'requeue and hold' : 'requeue',
    words: (list) => [held ? 'requeuehold' : 'requeue', list],
    embedded: held ? undefined : 'requeue',
    takesEnded: true,
    extra: [],
    explain: (message) => (/presently disabled/i.test(message) ? 'it was submitted with --no-requeue' : undefined),
    isIdle: (message) => /pending execution/i.test(message),
    missing(row, before) {
      const isBack = isWaiting(row) || row.restarts > (before?.restarts ?? 0) || row.state.phase === 'completing';
      return isBack ? undefined : 'the queue does not show it as requeued';
    },
  };
}

export const suspend: ControlVerb = {
  name: 'suspend',
  words: (list) => ['suspend', list],
  embedded: undefined,
  takesEnded: false,
  extra: [],
  isIdle: (message) => /pending execution/i.test(message),
  // Of an array, tasks that wait go on waiting.
  missing: (row, before) =>
    row.state.phase === 'suspended' || (isWaiting(row) && (before === undefined || isWaiting(before)))
      ? undefined
      : 'the queue does not show it as suspended',
};

export const resume: ControlVerb = {
  name: 'resume',
  words: (list) => ['resume', list],
  embedded: undefined,
  takesEnded: false,
  extra: [],
  endProves: true,
  isIdle: (message) => /pending execution|not suspended/i.test(message),
  missing: ({ state }) => (state.phase === 'suspended' ? 'the queue still shows it as suspended' : undefined),
};

export function update(changes: readonly JobUpdate[]): ControlVerb {
  return {
    name: 'update',
    words: (list, row) => ['update', `jobid=${list}`, ...changes.map(({ word }) => word(row))],
    embedded: undefined,
    takesEnded: false,
    looksFirst: changes.some(({ dependsOnRow }) => dependsOnRow === true),
    extra: changes.flatMap(({ field }) => field ?? []),
    missing(row) {
      const left = changes.find(({ isIn }) => isIn !== undefined && !isIn(row));
      return left === undefined ? undefined : `Slurm took --${left.option}, but the queue does not show it`;
    },
  };
}
