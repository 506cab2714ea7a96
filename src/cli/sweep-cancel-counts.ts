import type { JobCancelResult } from '../app/cancel-run.ts';
import type { JobStatusView } from '../app/run-status-view.ts';
import { countOf } from '../core/count-of.ts';
import { placeOf } from '../core/sweep/place-of.ts';
import { cancelWords } from './cancel-words.ts';
import { printable } from './table.ts';

/** Jobs of a sweep are too many for a line each: how many came to what, and of how many cells. */
export function formatSweepCancel(results: readonly JobCancelResult[]): string[] {
  return [...Map.groupBy(results, wordsOf)].map(([words, jobs]) => `${countText(jobs)}: ${words}`);
}

function wordsOf({ jobId = '', outcome, state, message }: JobCancelResult): string {
  const words = outcome === 'withdrawn' ? 'not submitted, and will not be' : cancelWords.say({ jobId, outcome, state });
  return `${words}${message === undefined ? '' : `: ${printable(message)}`}`;
}

/** What would be cancelled: how many of each state. */
export function countOpen(open: readonly JobStatusView[]): string[] {
  return [...Map.groupBy(open, ({ state }) => state)].map(([state, jobs]) => `${countText(jobs)}: ${state}`);
}

/** `12 jobs of 6 cells` */
export function countText(jobs: readonly { readonly name: string }[]): string {
  return `${countOf(jobs.length, 'job')} of ${countOf(countCells(jobs), 'cell')}`;
}

export function countCells(jobs: readonly { readonly name: string }[]): number {
  return new Set(jobs.flatMap(({ name }) => placeOf(name)?.cell ?? [])).size;
}
