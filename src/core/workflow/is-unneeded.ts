import type { PlannedJob } from './plan.ts';

export interface Known {
  /** Whether a job came to a good end and does not run again. */
  readonly hasCompleted: (name: string) => boolean;
  /** The jobs of which this was found already: parents are asked about before their children. */
  readonly unneeded: ReadonlySet<string>;
}

/**
 * A job that has no reason to run because things went well: it waits for the failure of what has completed, or for the success of
 * what is unneeded itself. What stands under `finally` runs in any case.
 */
export function isUnneeded(
  { edges, isFinal }: Pick<PlannedJob, 'edges' | 'isFinal'>,
  { hasCompleted, unneeded }: Known,
): boolean {
  if (isFinal === true) return false;
  return edges.some(({ type, parent }) =>
    type === 'afternotok' ? hasCompleted(parent) : type === 'afterok' && unneeded.has(parent),
  );
}
