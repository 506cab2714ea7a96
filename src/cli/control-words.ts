import type { ControlOutcome } from '../app/control-jobs.ts';
import type { JobOutcome } from './job-report.ts';

/** How a verb speaks of what it did. */
export interface ControlWords {
  /** `hold` */
  readonly name: string;
  /** `held` */
  readonly past: string;
  /** Said of each job where it worked. */
  readonly done?: (state: string | undefined) => string;
}

export const holdWords: ControlWords = {
  name: 'hold',
  past: 'held',
  done: (state) => (state === 'PENDING' ? 'held' : `${state} goes on; it will be held if it is requeued`),
};

export const releaseWords: ControlWords = { name: 'release', past: 'released' };

export const requeueWords: ControlWords = { name: 'requeue', past: 'requeued' };

const failureWords: Readonly<Record<Exclude<ControlOutcome, 'done'>, string>> = {
  not_found: 'not found',
  already_finished: 'already finished',
  denied: 'permission denied',
  failed: 'failed',
};

/** What became of one job, in words. */
export function sayControl({ outcome, state }: JobOutcome<string>, { past, done = () => past }: ControlWords): string {
  if (outcome === past || outcome === 'done') return done(state);
  const known = outcome === 'already_finished' && state !== undefined ? ` (${state})` : '';
  return (failureWords[outcome as keyof typeof failureWords] ?? outcome) + known;
}
