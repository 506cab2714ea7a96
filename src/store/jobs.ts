import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { Store } from './open-store.ts';

export type SubmissionState = 'waiting' | 'submitted' | 'refused' | 'withdrawn' | 'unknown';

export interface JobRow {
  readonly runId: string;
  readonly ordinal: number;
  readonly name: string;
  readonly token: string;
  readonly submission: SubmissionState;
  /** The cluster's words where it refused. */
  readonly message: string | undefined;
  readonly jobId: string | undefined;
  /** The engine's word for the state that was reported last. */
  readonly state: string;
  readonly reason: string | undefined;
  readonly observation: JobObservation | undefined;
  /** Will not change any more. */
  readonly final: boolean;
}

export function insertJob(store: Store, job: Pick<JobRow, 'runId' | 'ordinal' | 'name' | 'token'>): void {
  store.db
    .prepare(
      `INSERT INTO job (run_id, ordinal, name, token, submission, state) VALUES (?, ?, ?, ?, 'waiting', 'waiting')`,
    )
    .run(job.runId, job.ordinal, job.name, job.token);
}

export function jobsOfRun(store: Store, runId: string): JobRow[] {
  return store.db.prepare('SELECT * FROM job WHERE run_id = ? ORDER BY ordinal').all(runId).map(toJobRow);
}

/** The submission that has this job id, newest first where a cluster has used an id twice. */
export function jobsByJobId(store: Store, jobId: string): JobRow[] {
  return store.db
    .prepare('SELECT job.* FROM job JOIN run ON run.id = job.run_id WHERE job_id = ? ORDER BY run.created_at DESC')
    .all(jobId)
    .map(toJobRow);
}

export interface SubmissionUpdate {
  readonly token: string;
  readonly submission: SubmissionState;
  readonly jobId?: string | undefined;
  readonly message?: string | undefined;
}

/** A submission's outcome; a job id once known is never taken back. Runs inside the caller's transaction. */
export function recordSubmission(store: Store, update: SubmissionUpdate): void {
  store.db
    .prepare(
      `UPDATE job SET submission = ?, job_id = coalesce(?, job_id), message = coalesce(?, message) WHERE token = ?`,
    )
    .run(update.submission, update.jobId ?? null, update.message ?? null, update.token);
}

export interface StateUpdate {
  readonly runId: string;
  readonly ordinal: number;
  readonly state: string;
  readonly final: boolean;
  readonly observation: JobObservation | undefined;
  readonly reason: string | undefined;
  /** Epoch ms. */
  readonly at: number;
}

/**
 * Writes what was observed, and a transition where the state changed. A final state stays, whoever writes later. Returns
 * the state before, or `undefined` where nothing was to be written. Runs inside the caller's transaction.
 */
export function recordState(store: Store, update: StateUpdate): string | undefined {
  const { db } = store;
  const row = db
    .prepare('SELECT state, reason, final, observation FROM job WHERE run_id = ? AND ordinal = ?')
    .get(update.runId, update.ordinal);
  if (row === undefined || row['final'] === 1) return undefined;
  const observation = update.observation === undefined ? null : JSON.stringify(update.observation);
  const reason = update.reason ?? null;
  const before = String(row['state']);
  const same =
    before === update.state && row['reason'] === reason && (observation === null || row['observation'] === observation);
  if (same && !update.final) return undefined;
  db.prepare(
    `UPDATE job SET state = ?, reason = ?, final = ?, observation = coalesce(?, observation)
     WHERE run_id = ? AND ordinal = ?`,
  ).run(update.state, reason, update.final ? 1 : 0, observation, update.runId, update.ordinal);
  if (update.observation !== undefined) recordAttempt(store, update, update.observation);
  if (before === update.state) return undefined;
  db.prepare(
    `INSERT INTO transition (run_id, ordinal, at, from_state, to_state, raw_state, reason) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    update.runId,
    update.ordinal,
    update.at,
    before,
    update.state,
    update.observation?.state.raw ?? null,
    update.reason ?? null,
  );
  return before;
}

function recordAttempt(store: Store, update: StateUpdate, observation: JobObservation): void {
  const started = observation.state.status !== 'PENDING' && observation.startTime !== undefined;
  if (!started) return;
  store.db
    .prepare(
      `INSERT INTO attempt (run_id, ordinal, number, start_time, end_time, raw_state, exit_code, exit_signal)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (run_id, ordinal, number) DO UPDATE SET start_time = excluded.start_time, end_time = excluded.end_time,
         raw_state = excluded.raw_state, exit_code = excluded.exit_code, exit_signal = excluded.exit_signal`,
    )
    .run(
      update.runId,
      update.ordinal,
      observation.restarts + 1,
      observation.startTime ?? null,
      observation.endTime ?? null,
      observation.state.raw,
      observation.exit?.code ?? null,
      observation.exit?.signal ?? null,
    );
}

export interface TransitionRow {
  readonly seq: number;
  readonly runId: string;
  readonly ordinal: number;
  readonly name: string;
  readonly jobId: string | null;
  readonly at: number;
  readonly fromState: string;
  readonly toState: string;
  readonly reason: string | null;
}

/** What happened to a run after a point in its history, in order. */
export function transitionsSince(
  store: Store,
  query: { readonly runId: string; readonly seq: number },
): TransitionRow[] {
  return store.db
    .prepare(
      `SELECT seq, run_id AS runId, ordinal, name, job_id AS jobId, at, from_state AS fromState, to_state AS toState,
         transition.reason AS reason
       FROM transition JOIN job USING (run_id, ordinal) WHERE run_id = ? AND seq > ? ORDER BY seq`,
    )
    .all(query.runId, query.seq) as unknown as TransitionRow[];
}

function toJobRow(row: Record<string, unknown>): JobRow {
  const text = (key: string): string | undefined => (row[key] === null ? undefined : String(row[key]));
  const observation = text('observation');
  return {
    runId: String(row['run_id']),
    ordinal: Number(row['ordinal']),
    name: String(row['name']),
    token: String(row['token']),
    submission: row['submission'] as SubmissionState,
    message: text('message'),
    jobId: text('job_id'),
    state: String(row['state']),
    reason: text('reason'),
    // Written by recordState alone, so its shape is ours.
    observation: observation === undefined ? undefined : (JSON.parse(observation) as JobObservation),
    final: row['final'] === 1,
  };
}
