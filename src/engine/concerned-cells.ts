import { placeOf } from '../core/sweep/place-of.ts';
import { stopsOthers } from '../core/workflow/error-strategy.ts';
import type { DescribedJob } from './describe-run.ts';
import { jobsOfCells, readStoredModel } from './run-description.ts';

/** More than that, and it is cheaper to look at all. */
const mostShare = 0.25;

/**
 * The jobs of the cells of which something has become known, in each cell parents before children: what a look brings of one cell says
 * nothing of the others. `undefined` where it may, and all jobs of the run are to be looked at: it is no sweep, or failures end what
 * other cells do, or what runs after all cells is concerned.
 */
export function concernedCells(plan: string, news: readonly string[]): readonly DescribedJob[] | undefined {
  const { sweep } = readStoredModel(plan);
  if (sweep === undefined || sweep.failFast !== undefined) return undefined;
  const stages = sweep.groups.flatMap((group) => group.stages);
  if (stages.some(({ onError, retriedBy }) => stopsOthers(onError) || retriedBy !== undefined)) return undefined;
  const cells = new Set<number>();
  for (const name of news) {
    const place = placeOf(name);
    if (place === undefined) return undefined;
    cells.add(place.cell);
  }
  return cells.size > sweep.cells.length * mostShare ? undefined : jobsOfCells(sweep, cells);
}
