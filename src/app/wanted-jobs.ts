import { parseJobId } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { matchesJobId } from '../core/slurm/match-job-id.ts';

/** Ids that rows are compared with; costs each row little, whatever the number of ids. */
export interface WantedJobs {
  /** The ids that the row is about. */
  idsOf(row: JobObservation): readonly string[];
  /** The ids that no row is about. */
  absentFrom(rows: Iterable<JobObservation>): readonly string[];
}

export function wantedJobs(ids: readonly string[]): WantedJobs {
  const byBase = new Map<string, string[]>();
  for (const id of ids) {
    const base = parseJobId(id)?.base ?? id;
    const list = byBase.get(base);
    if (list === undefined) byBase.set(base, [id]);
    else list.push(id);
  }
  const idsOf = (row: JobObservation): readonly string[] => {
    // A task is named by its array's number, and by its own.
    const bases = new Set([row.arrayJobId ?? row.hetJobId ?? row.rawId, row.rawId]);
    return [...bases].flatMap((base) => byBase.get(base) ?? []).filter((id) => matchesJobId(row, id));
  };
  return {
    idsOf,
    absentFrom(rows) {
      const found = new Set<string>();
      for (const row of rows) for (const id of idsOf(row)) found.add(id);
      return ids.filter((id) => !found.has(id));
    },
  };
}
