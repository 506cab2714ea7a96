import { placeOf } from '../core/sweep/place-of.ts';
import type { AppContext } from './app-context.ts';
import { cancelSweep } from './cancel-sweep.ts';

export interface DrainedSweep {
  /** Those that will not begin because of this. */
  readonly cells: number;
  /** All had ended before. */
  readonly wasOver: boolean;
}

/** Ends all cells of a sweep of which no job has begun; the others go on to their end. */
export async function drainSweep(context: AppContext, word: string): Promise<DrainedSweep> {
  const { run, results } = await cancelSweep(context, { word, pendingOnly: true, preview: false });
  const ended = results.filter(({ outcome }) => outcome !== 'already_finished' && outcome !== 'failed');
  const cells = new Set(ended.flatMap(({ name }) => placeOf(name)?.cell ?? []));
  return { cells: cells.size, wasOver: cells.size === 0 && run.jobs.every(({ final }) => final) };
}
