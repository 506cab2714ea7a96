import type { Store } from './open-store.ts';

export interface NewTry {
  readonly runId: string;
  readonly ordinal: number;
  readonly number: number;
  readonly token: string;
  readonly jobId: string;
}

/**
 * Another attempt of a job is on the cluster, and is what the job is from now on. False where that was known, or a newer one is. Runs
 * inside the caller's transaction.
 */
export function recordTry(store: Store, { runId, ordinal, number, token, jobId }: NewTry): boolean {
  const result = store.db
    .prepare(
      `UPDATE job SET first_job_id = coalesce(first_job_id, job_id), token = ?1, job_id = ?2, tries = ?3, observation = NULL,
         missing_since = NULL, tried = 0
       WHERE run_id = ?4 AND ordinal = ?5 AND tries < ?3`,
    )
    .run(token, jobId, number, runId, ordinal);
  return result.changes > 0;
}

/**
 * A job that had ended is to run once more, as another submission. What its attempts were stays. Runs inside the caller's transaction.
 */
export function reopenJob(
  store: Store,
  { runId, ordinal, token, at }: Pick<NewTry, 'runId' | 'ordinal' | 'token'> & { readonly at: number },
): void {
  const { db } = store;
  db.prepare(
    `INSERT INTO transition (run_id, ordinal, at, from_state, to_state, raw_state, reason)
     SELECT run_id, ordinal, ?, state, 'waiting', NULL, NULL FROM job WHERE run_id = ? AND ordinal = ?`,
  ).run(at, runId, ordinal);
  db.prepare(
    `UPDATE job SET token = ?1, submission = 'waiting', message = NULL, job_id = NULL, first_job_id = NULL, state = 'waiting',
       reason = NULL, observation = NULL, missing_since = NULL, final = 0, tried = 0, released = 0,
       tries = CASE WHEN state = 'skipped' THEN tries ELSE 1 + coalesce(
         (SELECT max(number) FROM attempt WHERE attempt.run_id = job.run_id AND attempt.ordinal = job.ordinal), 0) END
     WHERE run_id = ?2 AND ordinal = ?3`,
  ).run(token, runId, ordinal);
}

export interface LastTry extends Pick<NewTry, 'runId' | 'ordinal'> {
  /** Why no other follows, where the plan would have one. */
  readonly message?: string | undefined;
}

/** The end of a job that was seen last is its end. Runs inside the caller's transaction. */
export function recordLastTry(store: Store, { runId, ordinal, message }: LastTry): void {
  store.db
    .prepare('UPDATE job SET tried = 1, message = coalesce(?, message) WHERE run_id = ? AND ordinal = ?')
    .run(message ?? null, runId, ordinal);
}

/** Runs inside the caller's transaction. */
export function recordRelease(store: Store, { runId, ordinal }: Pick<NewTry, 'runId' | 'ordinal'>): void {
  store.db.prepare('UPDATE job SET released = 1 WHERE run_id = ? AND ordinal = ?').run(runId, ordinal);
}
