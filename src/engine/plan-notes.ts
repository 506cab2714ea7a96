import type { RunDescription } from './describe-run.ts';
import { readStoredRun } from './run-description.ts';

/** What is said of jobs beyond what the store has in rows of its own. */
export interface PlanNotes {
  /** By ordinals: their failure counts as success. */
  readonly ignorable: ReadonlySet<number>;
  /** By ordinals: the values of those that are of a matrix. */
  readonly matrix: ReadonlyMap<number, Readonly<Record<string, string>>>;
  readonly skipped: NonNullable<RunDescription['skipped']>;
}

/** From the text of a run's plan: it may have megabytes, and few have anything to say, so it is read only where they do. */
export function notesOf(plan: string, { isBrief = false }: { readonly isBrief?: boolean } = {}): PlanNotes {
  if (!(isBrief ? /"(?:onError|skipped)":/ : /"(?:onError|matrix|skipped|sweep)":/).test(plan)) return nothing;
  const { jobs, skipped = [] } = readStoredRun(plan);
  const entries = [...jobs.entries()];
  return {
    ignorable: new Set(entries.flatMap(([ordinal, { onError }]) => (onError === 'ignore' ? [ordinal] : []))),
    matrix: new Map(entries.flatMap(([ordinal, { matrix }]) => (matrix === undefined ? [] : [[ordinal, matrix]]))),
    skipped,
  };
}

/** Failures of some of its jobs count as success. From the text alone. */
export function ignoresFailures(plan: string): boolean {
  return plan.includes('"onError":"ignore"');
}

const nothing: PlanNotes = { ignorable: new Set(), matrix: new Map(), skipped: [] };
