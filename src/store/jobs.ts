import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { Store } from './open-store.ts';

export type SubmissionState = 'waiting' | 'submitted' | 'refused' | 'withdrawn' | 'unknown';

export interface JobRow {
  readonly runId: string;
  readonly ordinal: number;
  readonly name: string;
  readonly token: string;
  readonly submission: SubmissionState;
  /** The cluster's words where it refused; what a submission waits for that is not due yet. */
  readonly message: string | undefined;
  readonly jobId: string | undefined;
  /** Attempts that were submitted, each as a job of Slurm's; one where the job puts itself back into the queue. */
  readonly tries: number;
  /** Of the first of several. */
  readonly firstJobId: string | undefined;
  /** No other attempt will be submitted. */
  readonly tried: boolean;
  /** It was submitted held, and a driver has let it go. */
  readonly released: boolean;
  /** The engine's word for the state that was reported last. */
  readonly state: string;
  readonly reason: string | undefined;
  readonly observation: JobObservation | undefined;
  /** Epoch ms of the first look at which no source knew it any more. */
  readonly missingSince: number | undefined;
  /** Will not change any more, unless somebody requeues it. */
  readonly final: boolean;
}

export interface NewJob extends Pick<JobRow, 'runId' | 'ordinal' | 'name' | 'token'> {
  /** The script and its arguments as one would type them. */
  readonly command?: string | undefined;
  /** The user's own. */
  readonly comment?: string | undefined;
}

export function insertJob(store: Store, job: NewJob): void {
  store.db
    .prepare(
      `INSERT INTO job (run_id, ordinal, name, token, submission, state, command, comment)
       VALUES (?, ?, ?, ?, 'waiting', 'waiting', ?, ?)`,
    )
    .run(job.runId, job.ordinal, job.name, job.token, job.command ?? null, job.comment ?? null);
}

export function jobsOfRun(store: Store, runId: string): JobRow[] {
  return store.db.prepare('SELECT * FROM job WHERE run_id = ? ORDER BY ordinal').all(runId).map(toJobRow);
}

/** Those of its jobs that have these tokens. */
export function jobsByTokens(store: Store, runId: string, tokens: readonly string[]): JobRow[] {
  const sql =
    'SELECT job.* FROM json_each(?) AS wanted CROSS JOIN job ON job.token = wanted.value WHERE run_id = ? ORDER BY ordinal';
  return store.db.prepare(sql).all(JSON.stringify(tokens), runId).map(toJobRow);
}

/** Whether any of its jobs may still change. */
export function hasOpenJobs(store: Store, runId: string): boolean {
  const sql = 'SELECT 1 FROM job INDEXED BY job_open WHERE run_id = ? AND final = 0 LIMIT 1';
  return store.db.prepare(sql).get(runId) !== undefined;
}

/** Those that may still change. */
export function openJobsOfRun(store: Store, runId: string): Pick<JobRow, 'state' | 'missingSince'>[] {
  return store.db
    .prepare('SELECT state, missing_since FROM job INDEXED BY job_open WHERE run_id = ? AND final = 0')
    .all(runId)
    .map((row) => ({
      state: String(row['state']),
      missingSince: row['missing_since'] === null ? undefined : Number(row['missing_since']),
    }));
}

/** What there is to say of a job to somebody who looks at its run. */
export type BriefJob = Pick<
  JobRow,
  'ordinal' | 'name' | 'jobId' | 'tries' | 'state' | 'reason' | 'observation' | 'final'
>;

/** The names of jobs of a sweep that wait, in cells of which another job was ended before it began. */
export function waitingBesideEnded(store: Store, runId: string): readonly string[] {
  const cellOf = `substr(name, instr(name, '#'))`;
  const rows = store.db.rows(
    `SELECT name FROM job WHERE run_id = ? AND final = 0 AND state = 'pending' AND instr(name, '#') > 0 AND ${cellOf} IN
       (SELECT ${cellOf} FROM job WHERE run_id = ? AND final = 1 AND state IN ('cancelled', 'skipped'))`,
    runId,
    runId,
  );
  return rows.map(([name]) => String(name));
}

/** Whether one of its jobs was ended before it began: what waits for it may wait in vain. */
export function hasJobsWithoutStart(store: Store, runId: string): boolean {
  const query = `SELECT 1 FROM job WHERE run_id = ? AND final = 1 AND state IN ('cancelled', 'skipped') LIMIT 1`;
  return store.db.prepare(query).get(runId) !== undefined;
}

/** The same without what was observed of jobs with whom all went well: of tens of thousands that is most of the work. */
export function jobsInBrief({ db }: Store, runId: string): BriefJob[] {
  const rows = db.rows(
    'SELECT ordinal, name, job_id, tries, state, reason, final FROM job WHERE run_id = ? ORDER BY ordinal',
    runId,
  );
  const telling = rows.flatMap(([ordinal, , , , state]) => (untelling.has(state) ? [] : [ordinal]));
  const observed = db.rows(
    `SELECT ordinal, observation FROM json_each(?) AS wanted CROSS JOIN job ON run_id = ? AND ordinal = wanted.value
       WHERE observation IS NOT NULL`,
    JSON.stringify(telling),
    runId,
  );
  const observations = new Map(observed.map(([ordinal, text]) => [ordinal, text as string]));
  return rows.map((row) => toBriefJob(row, observations.get(row[0])));
}

const untelling: ReadonlySet<unknown> = new Set(['waiting', 'pending', 'completed', 'skipped']);

function toBriefJob(
  [ordinal, name, jobId, tries, state, reason, final]: readonly unknown[],
  observation: string | undefined,
): BriefJob {
  return {
    ordinal: ordinal as number,
    name: name as string,
    jobId: (jobId as string | null) ?? undefined,
    tries: tries as number,
    state: state as string,
    reason: (reason as string | null) ?? undefined,
    observation: observation === undefined ? undefined : readObservation(observation),
    final: final === 1,
  };
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

/**
 * A submission's outcome. A job id once known is never taken back, nor that the cluster has it, unless it was withdrawn.
 * False where there was nothing to write. Runs inside the caller's transaction.
 */
export function recordSubmission(store: Store, update: SubmissionUpdate): boolean {
  const result = store.db
    .prepare(
      `UPDATE job SET submission = ?1, job_id = coalesce(?2, job_id),
         message = CASE WHEN submission = 'waiting' THEN ?3 ELSE coalesce(?3, message) END
       WHERE token = ?4 AND (submission <> ?1 OR job_id IS NOT coalesce(?2, job_id)
           OR message IS NOT CASE WHEN submission = 'waiting' THEN ?3 ELSE coalesce(?3, message) END)
         AND (submission <> 'submitted' OR ?1 NOT IN ('waiting', 'unknown'))`,
    )
    .run(update.submission, update.jobId ?? null, update.message ?? null, update.token);
  return result.changes > 0;
}

export interface StateUpdate {
  readonly runId: string;
  readonly ordinal: number;
  readonly state: string;
  readonly final: boolean;
  readonly observation: JobObservation | undefined;
  readonly reason: string | undefined;
  readonly missingSince?: number | undefined;
  /** The job was seen alive again, so that its end is none. */
  readonly reopened?: boolean | undefined;
  /** Epoch ms. */
  readonly at: number;
}

/**
 * Writes what was observed, and a transition where the state changed. A final state stays, whoever writes later, unless the
 * job was requeued. False where there was nothing to write. Runs inside the caller's transaction.
 */
export function recordState(store: Store, update: StateUpdate): boolean {
  const { db } = store;
  const row = db
    .prepare('SELECT state, reason, final, observation, missing_since, tries FROM job WHERE run_id = ? AND ordinal = ?')
    .get(update.runId, update.ordinal);
  if (row === undefined || (row['final'] === 1 && update.reopened !== true)) return false;
  const observation = update.observation === undefined ? null : JSON.stringify(update.observation);
  const reason = update.reason ?? null;
  const missingSince = update.missingSince ?? null;
  const before = String(row['state']);
  const isSame =
    before === update.state &&
    row['reason'] === reason &&
    row['missing_since'] === missingSince &&
    (row['final'] === 1) === update.final &&
    (observation === null || row['observation'] === observation);
  if (isSame) return false;
  db.prepare(
    `UPDATE job SET state = ?, reason = ?, final = ?, observation = coalesce(?, observation), missing_since = ?
     WHERE run_id = ? AND ordinal = ?`,
  ).run(update.state, reason, update.final ? 1 : 0, observation, missingSince, update.runId, update.ordinal);
  if (update.observation !== undefined)
    recordAttempt(store, { ...update, tries: Number(row['tries']) }, update.observation);
  if (before !== update.state) recordTransition(store, update, before);
  return true;
}

function recordTransition(store: Store, update: StateUpdate, before: string): void {
  store.db
    .prepare(
      `INSERT INTO transition (run_id, ordinal, at, from_state, to_state, raw_state, reason)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      update.runId,
      update.ordinal,
      update.at,
      before,
      update.state,
      update.observation?.state.raw ?? null,
      update.reason ?? null,
    );
}

function recordAttempt(store: Store, update: StateUpdate & Pick<JobRow, 'tries'>, observation: JobObservation): void {
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
      update.tries + observation.restarts,
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

export function toJobRow(row: Record<string, unknown>): JobRow {
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
    tries: Number(row['tries']),
    firstJobId: text('first_job_id'),
    tried: row['tried'] === 1,
    released: row['released'] === 1,
    state: String(row['state']),
    reason: text('reason'),
    observation: observation === undefined ? undefined : readObservation(observation),
    missingSince: row['missing_since'] === null ? undefined : Number(row['missing_since']),
    final: row['final'] === 1,
  };
}

/** Written by recordState alone, so its shape is ours. */
export function readObservation(text: string): JobObservation {
  return JSON.parse(text) as JobObservation;
}
