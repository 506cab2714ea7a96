import type { Store } from './open-store.ts';
import type { RunRow } from './runs.ts';

/** A run of which nothing can change any more, unless somebody requeues a job. */
export interface EndedRun extends Pick<RunRow, 'id' | 'kind' | 'name' | 'target' | 'directory' | 'createdAt'> {
  /** Epoch ms of the last change that was seen, or of the record where there was none. */
  readonly endedAt: number;
  /** The engine's words, one for each job. */
  readonly states: readonly string[];
  /** Empty where no job's failure is to be ignored. */
  readonly plan: string;
  readonly jobIds: readonly string[];
}

/** Runs whose jobs have all ended, newest first by their end. */
export function endedRuns(store: Store): EndedRun[] {
  return store.db
    .prepare(
      `SELECT run.id, run.kind, run.name, run.target, run.directory, run.created_at AS createdAt,
         coalesce((SELECT max(at) FROM transition WHERE transition.run_id = run.id), run.created_at) AS endedAt,
         json_group_array(job.state ORDER BY job.ordinal) AS states,
         iif(instr(run.plan, '"onError":"ignore"'), run.plan, '') AS plan, json_group_array(job.job_id) FILTER (WHERE job.job_id IS NOT NULL) AS jobIds
       FROM run JOIN job ON job.run_id = run.id GROUP BY run.id HAVING min(job.final) = 1 ORDER BY endedAt DESC, run.id`,
    )
    .all()
    .map((row) => ({
      ...(row as unknown as Omit<EndedRun, 'states' | 'jobIds'>),
      states: JSON.parse(String(row['states'])) as string[],
      jobIds: JSON.parse(String(row['jobIds'])) as string[],
    }));
}

/**
 * Forgets runs with all that hangs on them, but for those of which a job has begun anew meanwhile. Returns the ids of those that
 * are gone. Runs inside the caller's transaction.
 */
export function deleteEndedRuns(store: Store, ids: readonly string[]): string[] {
  const { db } = store;
  const deleted = db
    .prepare(
      `DELETE FROM run WHERE id IN (SELECT value FROM json_each(?))
         AND NOT EXISTS (SELECT 1 FROM job INDEXED BY job_open WHERE job.run_id = run.id AND job.final = 0) RETURNING id`,
    )
    .all(JSON.stringify(ids))
    .map(({ id }) => String(id));
  const leases = deleted.map((id) => `handover:${id}`);
  db.prepare('DELETE FROM lease WHERE name IN (SELECT value FROM json_each(?))').run(JSON.stringify(leases));
  return deleted;
}
