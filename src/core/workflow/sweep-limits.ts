import { countOf } from '../count-of.ts';
import { ConfigError } from '../errors.ts';
import { stopsOthers } from './error-strategy.ts';
import type { PlannedJob } from './plan.ts';

/** Throws for a job that cannot be a task of an array of cells. */
export function refuseUnfit(jobs: readonly PlannedJob[]): void {
  for (const { name, array, onError } of jobs) {
    if (array !== undefined) {
      throw new ConfigError(`job \`${name}\` is an array, and a sweep makes an array of each job`, {
        code: 'sweep.array',
        hint: 'Make its index another axis of the sweep, or use a `matrix`.',
      });
    }
    if (stopsOthers(onError)) {
      throw new ConfigError(
        `job \`${name}\`: \`on_error: ${onError}\` has no meaning in a sweep: cells go on by themselves`,
        {
          code: 'sweep.on_error',
          hint: 'Use `fail_fast` of the sweep to end what has not begun.',
        },
      );
    }
  }
}

/** The same for a job of `reduce`, which runs once. */
export function refuseUnfitReduce(jobs: readonly PlannedJob[]): void {
  for (const { name, array, onError } of jobs) {
    if (array !== undefined) {
      throw new ConfigError(`job \`${name}\` of \`reduce\` is an array, and such a job runs once`, {
        code: 'sweep.array',
        hint: 'Use a `matrix`, which makes a job of each combination.',
      });
    }
    if (stopsOthers(onError)) {
      throw new ConfigError(`job \`${name}\` of \`reduce\`: \`on_error: ${onError}\` has no meaning in a sweep`, {
        code: 'sweep.on_error',
        hint: 'Let jobs of `reduce` depend on each other instead.',
      });
    }
  }
}

/** A limit that no cell will ever meet. */
export function excessWarning(maxParallelCells: number | undefined, cells: number): readonly string[] {
  if (maxParallelCells === undefined || maxParallelCells <= cells) return [];
  return [`max_parallel_cells is ${maxParallelCells}, and there are only ${countOf(cells, 'cell')}: it limits nothing`];
}
