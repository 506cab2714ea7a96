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
