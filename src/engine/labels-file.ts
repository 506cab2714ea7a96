import { z } from 'zod';
import { addTags, type Labels, labelsOf, setNote } from '../store/labels.ts';
import type { Store } from '../store/open-store.ts';

/**
 * Notes and tags lie beside the plan, too: they are the only thing about a run that neither it nor the cluster could tell
 * again. The file is read when a database meets the run for the first time.
 */
export const labelsName = 'labels.json';

const labelsSchema = z.object({
  version: z.literal(1),
  /** By ordinal. */
  jobs: z.record(z.string().regex(/^\d{1,9}$/), z.object({ note: z.string().optional(), tags: z.array(z.string()) })),
});

/** The file's content for all jobs of a run. */
export function formatLabels(store: Store, run: { readonly id: string; readonly jobs: number }): string {
  const jobs: Record<string, Labels> = {};
  for (let ordinal = 0; ordinal < run.jobs; ordinal += 1) {
    const labels = labelsOf(store, { runId: run.id, ordinal });
    if (labels.note !== undefined || labels.tags.length > 0) jobs[ordinal] = labels;
  }
  return JSON.stringify({ version: 1, jobs });
}

/** Takes over what a file says; nothing of one that another program wrote. Runs inside the caller's transaction. */
export function adoptLabels(store: Store, run: { readonly id: string; readonly jobs: number }, content: string): void {
  for (const [ordinal, { note, tags }] of Object.entries(parseLabels(content))) {
    const key = { runId: run.id, ordinal: Number(ordinal) };
    if (key.ordinal >= run.jobs) continue;
    if (note !== undefined) setNote(store, key, note);
    addTags(store, key, tags);
  }
}

function parseLabels(content: string): z.infer<typeof labelsSchema>['jobs'] {
  try {
    return labelsSchema.safeParse(JSON.parse(content)).data?.jobs ?? {};
  } catch {
    // No JSON at all.
    return {};
  }
}
