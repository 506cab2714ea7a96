import { type JobRow, toJobRow } from './jobs.ts';
import type { Store } from './open-store.ts';
import type { RunRow } from './runs.ts';

/** One submission with everything that is recorded of it, but for the plan of its run. */
export interface HistoryRow extends JobRow {
  readonly run: Omit<RunRow, 'id' | 'plan'>;
  readonly cluster: { readonly key: string; readonly name: string };
  readonly command: string | undefined;
  readonly comment: string | undefined;
  readonly note: string | undefined;
  /** In alphabetical order. */
  readonly tags: readonly string[];
}

export interface HistoryFilter {
  readonly clusterIds?: readonly number[] | undefined;
  readonly runId?: string | undefined;
  /** The ids that `sbatch` printed: of an array the whole array's. */
  readonly jobIds?: readonly string[] | undefined;
  readonly states?: StateFilter | undefined;
  /** Epoch ms of the submission. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Patterns with `*`, `?` and `[…]`, of which one has to fit. */
  readonly names?: readonly string[] | undefined;
  /** Likewise, of the workflow's name; or a run's id. */
  readonly workflows?: readonly string[] | undefined;
  /** All of them. */
  readonly tags?: readonly string[] | undefined;
  /** Somewhere in the name, the command, the comment, the note or the script, in upper or lower case. */
  readonly search?: string | undefined;
  readonly limit?: number | undefined;
}

/** Of each list one has to fit. */
export interface StateFilter {
  /** The engine's words. */
  readonly states: readonly string[];
  readonly failureKinds: readonly string[];
  readonly phases: readonly string[];
}

interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Newest first; the jobs of a run in their order. */
export function listHistory(store: Store, filter: HistoryFilter = {}): HistoryRow[] {
  const conditions = conditionsOf(filter);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
  // The runs are walked along an index from the newest on, so that a limit ends the walk: CROSS JOIN keeps SQLite from beginning
  // with the jobs. Ids are few, and begin with them.
  const join = filter.jobIds === undefined ? 'run CROSS JOIN job' : 'job CROSS JOIN run';
  const sql = `SELECT ${columns} FROM ${join} ON job.run_id = run.id JOIN cluster ON cluster.id = run.cluster_id
    LEFT JOIN note ON note.run_id = job.run_id AND note.ordinal = job.ordinal ${where}
    ORDER BY run.created_at DESC, run.id, job.ordinal LIMIT ?`;
  const values = [...conditions.flatMap((condition) => condition.values), filter.limit ?? -1];
  // One by one: a hundred thousand rows twice in memory take twice the time.
  return Array.from(store.db.prepare(sql).iterate(...values), toHistoryRow);
}

/** Without the plan: with that of a workflow, each of its rows would be as long as all of it. */
const columns = `job.*, run.kind, run.name AS run_name, run.source, run.target, run.cluster_id, run.directory, run.created_at,
  run.handover, cluster.key AS cluster_key, cluster.name AS cluster_name, note.text AS note,
  (SELECT json_group_array(tag.name) FROM tag WHERE tag.run_id = job.run_id AND tag.ordinal = job.ordinal) AS tags`;

function conditionsOf(filter: HistoryFilter): Condition[] {
  const { clusterIds, runId, jobIds, states, since, until, names, workflows, tags = [], search } = filter;
  const list = (sql: string, values: readonly string[]): Condition => ({ sql, values: [JSON.stringify(values)] });
  const one = (sql: string, value: string | number | undefined): Condition[] =>
    value === undefined ? [] : [{ sql, values: [value] }];
  return [
    ...(clusterIds === undefined ? [] : [onClusters(clusterIds)]),
    ...one('run.id = ?', runId),
    ...one('run.created_at >= ?', since),
    ...one('run.created_at <= ?', until),
    ...(jobIds === undefined ? [] : [list('job.job_id IN (SELECT value FROM json_each(?))', jobIds)]),
    ...(names === undefined ? [] : [list(anyGlob('job.name'), names)]),
    ...(workflows === undefined ? [] : [ofWorkflows(workflows)]),
    ...tags.map((tag) => ({ sql: hasTag, values: [tag] })),
    ...(states === undefined ? [] : [inStates(states)]),
    ...(search === undefined ? [] : [contains(search)]),
  ];
}

/** With `=`, the index of one cluster's runs has them in their order; several are found along that of all. */
function onClusters(ids: readonly number[]): Condition {
  const [id, ...others] = ids;
  if (id !== undefined && others.length === 0) return { sql: 'run.cluster_id = ?', values: [id] };
  return { sql: '+run.cluster_id IN (SELECT value FROM json_each(?))', values: [JSON.stringify(ids)] };
}

function anyGlob(column: string): string {
  return `EXISTS (SELECT 1 FROM json_each(?) AS pattern WHERE ${column} GLOB pattern.value)`;
}

function ofWorkflows(patterns: readonly string[]): Condition {
  const text = JSON.stringify(patterns);
  return {
    sql: `(run.kind = 'workflow' AND ${anyGlob('run.name')} OR run.id IN (SELECT value FROM json_each(?)))`,
    values: [text, text],
  };
}

const hasTag =
  'EXISTS (SELECT 1 FROM tag WHERE tag.run_id = job.run_id AND tag.ordinal = job.ordinal AND tag.name = ?)';

function inStates({ states, failureKinds, phases }: StateFilter): Condition {
  const within = (expression: string) => `${expression} IN (SELECT value FROM json_each(?))`;
  const parts = [within('job.state')];
  const values = [states];
  // The observation is read only where a word asks for more than the state.
  const more: readonly (readonly [string, readonly string[]])[] = [
    ['failureKind', failureKinds],
    ['phase', phases],
  ];
  for (const [field, wanted] of more) {
    if (wanted.length === 0) continue;
    parts.push(within(`json_extract(job.observation, '$.state.${field}')`));
    values.push(wanted);
  }
  return { sql: `(${parts.join(' OR ')})`, values: values.map((words) => JSON.stringify(words)) };
}

/** The scripts are looked through once, not once per job. */
function contains(text: string): Condition {
  const pattern = `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
  const searched = ['job.name', 'job.command', 'job.comment', 'note.text', 'run.name', 'run.source'];
  const has = (column: string) => `${column} LIKE ? ESCAPE '\\'`;
  const inScript = `job.script_id IN (SELECT id FROM script WHERE ${has('script.text')})`;
  return {
    sql: `(${[...searched.map(has), inScript].join(' OR ')})`,
    values: [...searched.map(() => pattern), pattern],
  };
}

function toHistoryRow(row: Record<string, unknown>): HistoryRow {
  const text = (key: string): string | undefined => (row[key] === null ? undefined : String(row[key]));
  return {
    ...toJobRow(row),
    run: {
      kind: row['kind'] as RunRow['kind'],
      name: String(row['run_name']),
      source: text('source') ?? null,
      target: String(row['target']),
      clusterId: Number(row['cluster_id']),
      directory: String(row['directory']),
      createdAt: Number(row['created_at']),
      handover: row['handover'] as RunRow['handover'],
    },
    cluster: { key: String(row['cluster_key']), name: String(row['cluster_name']) },
    command: text('command'),
    comment: text('comment'),
    note: text('note'),
    tags: row['tags'] === '[]' ? [] : (JSON.parse(String(row['tags'])) as string[]).sort(),
  };
}

export interface AttemptRow {
  readonly number: number;
  /** Epoch seconds. */
  readonly startTime: number | null;
  readonly endTime: number | null;
  readonly rawState: string;
  readonly exitCode: number | null;
  readonly exitSignal: number | null;
}

export interface JobKey {
  readonly runId: string;
  readonly ordinal: number;
}

/** The starts of a job's payload, in order. */
export function attemptsOf(store: Store, { runId, ordinal }: JobKey): AttemptRow[] {
  return store.db
    .prepare(
      `SELECT number, start_time AS startTime, end_time AS endTime, raw_state AS rawState, exit_code AS exitCode,
         exit_signal AS exitSignal FROM attempt WHERE run_id = ? AND ordinal = ? ORDER BY number`,
    )
    .all(runId, ordinal) as unknown as AttemptRow[];
}

/** The cluster of the newest run that was sent to a target: what can be told without asking it. */
export function lastClusterOf(store: Store, target: string): number | undefined {
  const row = store.db
    .prepare('SELECT cluster_id FROM run WHERE target = ? ORDER BY created_at DESC LIMIT 1')
    .get(target);
  return row === undefined ? undefined : Number(row['cluster_id']);
}
