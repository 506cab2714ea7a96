import { placeOf } from '../core/sweep/place-of.ts';
import { lookIntoHandover } from '../engine/look-into-handover.ts';
import { readStoredRun } from '../engine/run-description.ts';
import type { AppContext } from './app-context.ts';
import { cancelSweep } from './cancel-sweep.ts';
import { engineOfRun, isHandoverOpen } from './run-at-hand.ts';
import { findSweep } from './sweep-at-hand.ts';

export interface DrainedSweep {
  /** Those that will not begin because of this. */
  readonly cells: number;
  /** All had ended before. */
  readonly wasOver: boolean;
}

/**
 * Ends all cells of a sweep of which no job has begun; the others go on to their end. A hand-over that is not complete goes no further:
 * by then no cell has begun.
 */
export async function drainSweep(context: AppContext, word: string): Promise<DrainedSweep> {
  const row = await findSweep(context, word);
  const engine = await engineOfRun(context, row, 'cancelled');
  if (isHandoverOpen(engine, row)) {
    const { outcomes } = await lookIntoHandover(engine, { run: row, withdraw: true });
    const isWithdrawn = [...outcomes.values()].every(({ kind }) => kind === 'withdrawn');
    if (isWithdrawn) return { cells: readStoredRun(row.plan).sweep?.cells.length ?? 0, wasOver: false };
  }
  const { run, results } = await cancelSweep(context, { word: row.id, pendingOnly: true, preview: false });
  const ended = results.filter(({ outcome }) => outcome !== 'already_finished' && outcome !== 'failed');
  const cells = new Set(ended.flatMap(({ name }) => placeOf(name)?.cell ?? []));
  return { cells: cells.size, wasOver: cells.size === 0 && run.jobs.every(({ final }) => final) };
}
