import type { SweepPlan } from '../core/workflow/plan-sweep.ts';
import type { SweepPart } from '../engine/describe-run.ts';
import { readStoredSweep, type StoredPlanRequest } from '../engine/stored-plan.ts';
import { handoverDirectory } from '../engine/sweep-parts.ts';

interface StoredPlans extends StoredPlanRequest {
  /** All that was added to the sweep. */
  readonly parts: readonly Pick<SweepPart, 'number' | 'how'>[] | undefined;
}

/** The plan of a sweep, and those of what has brought new cells: each cell was planned in one of them. */
export async function readPlansOfSweep({
  directory,
  parts = [],
  ...place
}: StoredPlans): Promise<readonly SweepPlan[]> {
  const numbers = parts.flatMap(({ how, number }) => (how === 'extend' ? [number] : []));
  const plans: SweepPlan[] = [];
  for (const part of [undefined, ...numbers]) {
    plans.push(await readStoredSweep({ ...place, directory: handoverDirectory(directory, part) }));
  }
  return plans;
}
