import type { DatabaseSync } from 'node:sqlite';
import type { Command } from './commands.ts';
import type { Condition } from './dependency.ts';
import type { JobSpec, QueueJob, QueueTask, TaskState } from './queue.ts';

/** Queries and changes of single tables. All JSON columns are written here alone, so their shape is ours. */

export function readMeta(db: DatabaseSync, key: string): string | undefined {
  const value = db.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.['value'];
  return value === undefined ? undefined : String(value);
}

export function writeMeta(db: DatabaseSync, key: string, value: string): void {
  const sql = 'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value';
  db.prepare(sql).run(key, value);
}

interface JobQuery {
  /** A condition on `job`. */
  readonly where: string;
  readonly parameter?: number;
}

/** Jobs with their tasks, oldest first. */
function selectJobs(db: DatabaseSync, { where, parameter }: JobQuery): QueueJob[] {
  const parameters = parameter === undefined ? [] : [parameter];
  const sql = `SELECT task.* FROM job CROSS JOIN task ON task.job_id = job.id WHERE ${where} ORDER BY job.id, task_index`;
  const tasks = new Map<number, QueueTask[]>();
  for (const row of db.prepare(sql).iterate(...parameters)) {
    const list = tasks.get(Number(row['job_id']));
    if (list === undefined) tasks.set(Number(row['job_id']), [toTask(row)]);
    else list.push(toTask(row));
  }
  const rows = db.prepare(`SELECT * FROM job WHERE ${where} ORDER BY job.id`).all(...parameters);
  return rows.map((row) => {
    const id = Number(row['id']);
    const spec = JSON.parse(String(row['spec'])) as JobSpec;
    return {
      id,
      token: String(row['token']),
      submittedAt: Number(row['submitted_at']),
      spec,
      tasks: tasks.get(id) ?? [],
    };
  });
}

function toTask(row: Readonly<Record<string, unknown>>): QueueTask {
  return {
    rawId: Number(row['raw_id']),
    index: row['task_index'] === null ? undefined : Number(row['task_index']),
    restarts: Number(row['restarts']),
    state: JSON.parse(String(row['state'])) as TaskState,
  };
}

/** Not all of their tasks have ended. */
export function openJobs(db: DatabaseSync): QueueJob[] {
  return selectJobs(db, { where: 'job.open = 1' });
}

export function jobsAfter(db: DatabaseSync, id: number): QueueJob[] {
  return selectJobs(db, { where: 'job.id > ?', parameter: id });
}

/** Finished jobs of which a task ended after the time given (epoch ms). */
export function jobsEndedSince(db: DatabaseSync, since: number): QueueJob[] {
  const where = `job.open = 0 AND job.id IN (SELECT job_id FROM task WHERE kind = 'ended' AND ended_at > ?)`;
  return selectJobs(db, { where, parameter: since });
}

/** Finished jobs on which unfinished ones depend. */
export function finishedParents(db: DatabaseSync): QueueJob[] {
  const where = `job.open = 0 AND job.id IN
    (SELECT parent FROM job AS waiting CROSS JOIN dependency ON child = waiting.id WHERE waiting.open = 1)`;
  return selectJobs(db, { where });
}

export function findJob(db: DatabaseSync, id: number): QueueJob | undefined {
  return selectJobs(db, { where: 'job.id = ?', parameter: id })[0];
}

/** The job that has this number itself, or the task that has it. */
export function findNumber(db: DatabaseSync, number: number): { job: number; index?: number | undefined } | undefined {
  if (db.prepare('SELECT 1 FROM job WHERE id = ?').get(number) !== undefined) return { job: number };
  const row = db.prepare('SELECT job_id, task_index FROM task WHERE raw_id = ?').get(number);
  if (row === undefined) return undefined;
  return { job: Number(row['job_id']), index: row['task_index'] === null ? undefined : Number(row['task_index']) };
}

export function jobIdOfToken(db: DatabaseSync, token: string): number | undefined {
  const id = db.prepare('SELECT job_id FROM submission WHERE token = ?').get(token)?.['job_id'];
  return id === undefined ? undefined : Number(id);
}

/** What only the start of a task needs. */
export interface Payload {
  readonly script: Uint8Array;
  readonly args: readonly string[];
  /** The job's own variables, and the hash of the environment that it was submitted from. */
  readonly variables: Readonly<Record<string, string>>;
  readonly environment: string;
}

export function readPayload(db: DatabaseSync, jobId: number): Payload | undefined {
  const row = db.prepare('SELECT * FROM payload WHERE job_id = ?').get(jobId);
  if (row === undefined) return undefined;
  return {
    script: row['script'] as Uint8Array,
    args: JSON.parse(String(row['args'])) as string[],
    variables: JSON.parse(String(row['variables'])) as Record<string, string>,
    environment: String(row['environment']),
  };
}

export function readEnvironment(db: DatabaseSync, hash: string): Readonly<Record<string, string>> {
  const row = db.prepare('SELECT variables FROM environment WHERE hash = ?').get(hash);
  return row === undefined ? {} : (JSON.parse(String(row['variables'])) as Record<string, string>);
}

export function insertEnvironment(
  db: DatabaseSync,
  environment: { readonly hash: string; readonly json: string },
): void {
  const sql = 'INSERT INTO environment (hash, variables) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING';
  db.prepare(sql).run(environment.hash, environment.json);
}

/** Runs inside the caller's transaction. */
export function insertJob(db: DatabaseSync, job: QueueJob, payload: Payload): void {
  const { id, token, submittedAt, spec, tasks } = job;
  db.prepare('INSERT INTO submission (token, job_id) VALUES (?, ?)').run(token, id);
  const sql = 'INSERT INTO job (id, token, submitted_at, open, spec) VALUES (?, ?, ?, 1, ?)';
  db.prepare(sql).run(id, token, submittedAt, JSON.stringify(spec));
  const { script, args, variables, environment } = payload;
  db.prepare('INSERT INTO payload (job_id, script, args, variables, environment) VALUES (?, ?, ?, ?, ?)').run(
    ...[id, script, JSON.stringify(args), JSON.stringify(variables), environment],
  );
  insertEdges(db, id, spec.dependency?.conditions ?? []);
  const task = db.prepare(
    `INSERT INTO task (raw_id, job_id, task_index, restarts, kind, state, version) VALUES (?, ?, ?, ?, ?, ?, 0)`,
  );
  for (const { rawId, index, restarts, state } of tasks) {
    task.run(rawId, id, index ?? null, restarts, state.kind, JSON.stringify(state));
  }
}

function insertEdges(db: DatabaseSync, id: number, conditions: readonly Condition[]): void {
  const edge = db.prepare('INSERT INTO dependency (child, parent) VALUES (?, ?) ON CONFLICT DO NOTHING');
  for (const condition of conditions) if ('parent' in condition) edge.run(id, condition.parent);
}

/** For a job that has just been inserted: it waits for these, too. Runs inside the caller's transaction. */
export function addConditions(db: DatabaseSync, id: number, conditions: readonly Condition[]): void {
  const row = db.prepare('SELECT spec FROM job WHERE id = ?').get(id);
  if (row === undefined) return;
  const spec = JSON.parse(String(row['spec'])) as JobSpec;
  const all = [...(spec.dependency?.conditions ?? []), ...conditions];
  const changed: JobSpec = { ...spec, dependency: { mode: 'all', conditions: all } };
  db.prepare('UPDATE job SET spec = ? WHERE id = ?').run(JSON.stringify(changed), id);
  insertEdges(db, id, conditions);
}

/** Runs inside the caller's transaction. */
export function saveTasks(db: DatabaseSync, tasks: readonly QueueTask[]): void {
  const version = newestVersion(db) + 1;
  const sql = 'UPDATE task SET restarts = ?, kind = ?, ended_at = ?, state = ?, version = ? WHERE raw_id = ?';
  const update = db.prepare(sql);
  for (const { rawId, restarts, state } of tasks) {
    const endedAt = state.kind === 'ended' ? state.endedAt : null;
    update.run(restarts, state.kind, endedAt, JSON.stringify(state), version, rawId);
  }
}

/** Never goes back, so that whoever lives sees what is newer than all that they know. */
export function newestVersion(db: DatabaseSync): number {
  const newest = Number(db.prepare('SELECT max(version) AS version FROM task').get()?.['version'] ?? 0);
  return Math.max(newest, Number(readMeta(db, 'version') ?? 0));
}

/** Before tasks are deleted: theirs may be the newest. Runs inside the caller's transaction. */
export function keepVersion(db: DatabaseSync): void {
  writeMeta(db, 'version', `${newestVersion(db)}`);
}

/** Tasks that were changed after the version given, with their jobs' ids. */
export function tasksChangedSince(
  db: DatabaseSync,
  version: number,
): { readonly jobId: number; readonly task: QueueTask }[] {
  const rows = db.prepare('SELECT * FROM task WHERE version > ?').all(version);
  return rows.map((row) => ({ jobId: Number(row['job_id']), task: toTask(row) }));
}

/** Runs inside the caller's transaction. */
export function setOpen(db: DatabaseSync, jobId: number, open: boolean): void {
  db.prepare('UPDATE job SET open = ? WHERE id = ?').run(open ? 1 : 0, jobId);
}

export interface StoredCommand {
  readonly seq: number;
  readonly command: Command;
}

export function storedCommands(db: DatabaseSync): StoredCommand[] {
  const rows = db.prepare('SELECT seq, body FROM command ORDER BY seq').all();
  return rows.map((row) => ({ seq: Number(row['seq']), command: JSON.parse(String(row['body'])) as Command }));
}

export function insertCommand(db: DatabaseSync, command: Command): number {
  return Number(db.prepare('INSERT INTO command (body) VALUES (?)').run(JSON.stringify(command)).lastInsertRowid);
}

export function hasCommand(db: DatabaseSync, seq: number): boolean {
  return db.prepare('SELECT 1 FROM command WHERE seq = ?').get(seq) !== undefined;
}

export function deleteCommands(db: DatabaseSync, upTo: number): void {
  db.prepare('DELETE FROM command WHERE seq <= ?').run(upTo);
}

/** Raw ids are given out in order and never again. */
export function takeNumbers(db: DatabaseSync, count: number): number {
  const next = Number(readMeta(db, 'next_id') ?? 1);
  writeMeta(db, 'next_id', `${next + count}`);
  return next;
}

/** The highest job id that was inserted; 0 in an empty queue. */
export function newestJob(db: DatabaseSync): number {
  return Number(db.prepare('SELECT max(id) AS id FROM job').get()?.['id'] ?? 0);
}
