import type { EstimatedStage } from '../core/sweep/estimate-end.ts';
import type { TypedValues } from '../core/workflow/plan-sweep.ts';
import type { RunDescription, SweepDescription } from './describe-run.ts';

/** What is known of a sweep beyond its jobs. */
export interface SweepFacts {
  /** As it is now: it may have been changed since it was submitted. */
  readonly maxParallel: number;
  readonly maxParallelCells: number | undefined;
  readonly cellsInTurn: number | undefined;
  /** Jobs of the workflow, parents before children. */
  readonly stages: readonly EstimatedStage[];
  /** Cells of which `when` leaves out every job. */
  readonly leftOut: readonly LeftOutCell[];
  /** By the indices of cells, values that are no text. */
  readonly typed: ReadonlyMap<number, TypedValues>;
}

export interface LeftOutCell {
  readonly index: number;
  readonly values: Readonly<Record<string, string>>;
}

/** From the text of a plan, without a row for each of its tasks. */
export function sweepFactsOf(plan: string): SweepFacts | undefined {
  const { sweep } = JSON.parse(plan) as RunDescription;
  if (sweep === undefined) return undefined;
  const { maxParallel, maxParallelNow = maxParallel, maxParallelCells, cellsInTurn, groups } = sweep;
  const stages = new Map(groups.flatMap((group) => group.stages.map((stage) => [stage.name, stage])));
  return {
    ...{ maxParallelCells, cellsInTurn },
    maxParallel: Math.min(maxParallelNow, maxParallelCells ?? maxParallelNow),
    stages: [...stages.values()].map(({ name, edges }) => ({ name, edges })),
    leftOut: leftOutOf(sweep),
    typed: new Map(sweep.cells.flatMap(({ index, typed }) => (typed === undefined ? [] : [[index, typed]]))),
  };
}

/** The same where nothing else is asked for: the text may have megabytes, and few sweeps have such cells. */
export function leftOutCells(plan: string): readonly LeftOutCell[] {
  if (!plan.includes('"leftOut":')) return [];
  const { sweep } = JSON.parse(plan) as RunDescription;
  return sweep === undefined ? [] : leftOutOf(sweep);
}

function leftOutOf({ cells, leftOut = [] }: SweepDescription): readonly LeftOutCell[] {
  const indices = new Set(leftOut);
  return cells.flatMap(({ index, values }) => (indices.has(index) ? [{ index, values }] : []));
}
