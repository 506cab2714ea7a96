import { z } from 'zod';

/** Beside the plan: the jobs that a pause of the sweep has held, so that others are not released with them. */
export const heldName = 'held.json';

const heldSchema = z.object({ version: z.literal(1), jobs: z.array(z.string()) });

export function formatHeld(names: Iterable<string>): string {
  return JSON.stringify({ version: 1, jobs: [...names] });
}

/** `undefined`: it does not say what was held, so that nothing is known of it. */
export function parseHeld(content: string): ReadonlySet<string> | undefined {
  try {
    const names = heldSchema.safeParse(JSON.parse(content)).data?.jobs ?? [];
    return names.length === 0 ? undefined : new Set(names);
  } catch {
    // No JSON at all.
    return undefined;
  }
}
