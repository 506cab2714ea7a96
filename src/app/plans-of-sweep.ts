import type { SweepPlan } from '../core/workflow/plan-sweep.ts';
import type { SweepPart } from '../engine/describe-run.ts';
import { readStoredSweep } from '../engine/stored-plan.ts';
import { handoverDirectory } from '../engine/sweep-parts.ts';
import type { AppContext } from './app-context.ts';
import { describedSweep } from './grow-sweep.ts';
import type { SweepAtHand } from './sweep-at-hand.ts';

/** The plan of a sweep, and those of what was added to it in these ways; each cell has been planned in one that brought new cells. */
export async function readPlansOfSweep(
  { signal }: AppContext,
  sweep: SweepAtHand,
  ways: readonly SweepPart['how'][],
): Promise<readonly SweepPlan[]> {
  const { engine, row } = sweep;
  const { parts = [] } = describedSweep(sweep).sweep;
  const numbers = parts.flatMap(({ how, number }) => (ways.includes(how) ? [number] : []));
  const plans: SweepPlan[] = [];
  for (const part of [undefined, ...numbers]) {
    const directory = handoverDirectory(row.directory, part);
    plans.push(await readStoredSweep({ cluster: engine.cluster, directory, signal }));
  }
  return plans;
}
