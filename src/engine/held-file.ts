import { z } from 'zod';

/** Beside the plan: the jobs that a pause of the sweep has held, so that others are not released with them. */
export const heldName = 'held.json';

const heldSchema = z.object({ version: z.literal(1), jobs: z.array(z.string()) });

export function formatHeld(names: Iterable<string>): string {
  return JSON.stringify({ version: 1, jobs: [...names] });
}

/** Nothing where it cannot be read: what nobody knows to be ours is let alone. */
export function parseHeld(content: string): ReadonlySet<string> {
  try {
    return new Set(heldSchema.safeParse(JSON.parse(content)).data?.jobs);
  } catch {
    // No JSON at all.
    return new Set();
  }
}
