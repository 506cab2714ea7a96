import type { Store } from './open-store.ts';

/** Cells of a sweep whose jobs are in the same states. */
export interface StoredStates {
  readonly states: readonly string[];
  readonly cells: number;
}

/** What the jobs of a sweep come to, without a row for each: of tens of thousands that is most of the work. */
export interface SweepStates {
  readonly alike: readonly StoredStates[];
  /** Of the jobs that belong to no cell. */
  readonly after: readonly string[];
}

/** Jobs of cells are called `train#12`, and no other job has such a sign in its name. */
export function statesOfSweep(store: Store, runId: string): SweepStates {
  const rows = store.db.rows(
    `SELECT cell IS NULL, states, count(*) FROM (
       SELECT cell, group_concat(state) AS states FROM (
         SELECT CASE instr(name, '#') WHEN 0 THEN NULL ELSE substr(name, instr(name, '#') + 1) END AS cell, state
         FROM job WHERE run_id = ? ORDER BY ordinal
       ) GROUP BY cell
     ) GROUP BY 1, 2`,
    runId,
  );
  const alike: StoredStates[] = [];
  const after: string[] = [];
  for (const [isAfter, text, cells] of rows) {
    const states = (text as string).split(',');
    if (isAfter === 1) after.push(...states);
    else alike.push({ states, cells: cells as number });
  }
  return { alike, after };
}
