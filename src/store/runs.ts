import type { Store } from './open-store.ts';

export const handoverPhases = ['planned', 'running', 'stopped', 'done', 'refused', 'interrupted'] as const;
/** How far the hand-over of a run got. `interrupted`: it ended before anything reached the cluster. */
export type HandoverPhase = (typeof handoverPhases)[number];

export interface RunRow {
  readonly id: string;
  readonly kind: 'workflow' | 'job';
  readonly name: string;
  /** The workflow file or script as the user named it. */
  readonly source: string | null;
  readonly target: string;
  readonly clusterId: number;
  readonly directory: string;
  /** JSON of the plan, without the values of job variables. */
  readonly plan: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly handover: HandoverPhase;
}

export function findCluster(store: Store, key: string): number | undefined {
  const row = store.db.prepare('SELECT id FROM cluster WHERE key = ?').get(key);
  return row === undefined ? undefined : Number(row['id']);
}

export function clusterOf(store: Store, id: number): { readonly kind: string; readonly name: string } | undefined {
  return store.db.prepare('SELECT kind, name FROM cluster WHERE id = ?').get(id) as
    | { readonly kind: string; readonly name: string }
    | undefined;
}

/** The row of a cluster, made at first sight. Runs inside the caller's transaction. */
export function ensureCluster(
  store: Store,
  cluster: { readonly key: string; readonly kind: string; readonly name: string },
): number {
  const { db } = store;
  db.prepare('INSERT INTO cluster (key, kind, name) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING').run(
    cluster.key,
    cluster.kind,
    cluster.name,
  );
  return Number(db.prepare('SELECT id FROM cluster WHERE key = ?').get(cluster.key)?.['id']);
}

export interface SnapshotTime {
  readonly clusterId: number;
  /** Epoch ms. */
  readonly takenAt: number;
  readonly now: number;
}

/** Whether what a newer snapshot showed was written already. A time that is still to come is of a clock that was set back. */
export function isOutdated(store: Store, { clusterId, takenAt, now }: SnapshotTime): boolean {
  const row = store.db.prepare('SELECT observed_at FROM cluster WHERE id = ?').get(clusterId);
  const observedAt = Number(row?.['observed_at'] ?? 0);
  return observedAt > takenAt && observedAt <= now;
}

/** What was true then has been written. Runs inside the caller's transaction. */
export function noteSnapshot(store: Store, time: SnapshotTime): void {
  if (isOutdated(store, time)) return;
  store.db.prepare('UPDATE cluster SET observed_at = ? WHERE id = ?').run(time.takenAt, time.clusterId);
}

/** False where the run is known already. Runs inside the caller's transaction. */
export function insertRun(store: Store, run: RunRow): boolean {
  const result = store.db
    .prepare(
      `INSERT INTO run (id, kind, name, source, target, cluster_id, directory, plan, created_at, handover)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    )
    .run(
      run.id,
      run.kind,
      run.name,
      run.source,
      run.target,
      run.clusterId,
      run.directory,
      run.plan,
      run.createdAt,
      run.handover,
    );
  return result.changes === 1;
}

/** False where that was known. Runs inside the caller's transaction. */
export function setHandover(store: Store, runId: string, phase: HandoverPhase): boolean {
  return (
    store.db.prepare('UPDATE run SET handover = ?1 WHERE id = ?2 AND handover <> ?1').run(phase, runId).changes > 0
  );
}

/** What is added to a sweep becomes part of its plan. Runs inside the caller's transaction. */
export function setPlan(store: Store, runId: string, plan: string): void {
  store.db.prepare('UPDATE run SET plan = ? WHERE id = ?').run(plan, runId);
}

/** A profile has another name from now on. Runs inside the caller's transaction. */
export function renameTarget(store: Store, { from, to }: { readonly from: string; readonly to: string }): void {
  store.db.prepare('UPDATE run SET target = ? WHERE target = ?').run(to, from);
}

/** What a sweep that is submitted already has been given since. Runs inside the caller's transaction. */
export function setMaxParallel(store: Store, runId: string, maxParallel: number): void {
  store.db
    .prepare("UPDATE run SET plan = json_set(plan, '$.sweep.maxParallelNow', ?) WHERE id = ?")
    .run(maxParallel, runId);
}

const columns = `id, kind, name, source, target, cluster_id AS clusterId, directory, plan, created_at AS createdAt, handover`;

export function findRun(store: Store, id: string): RunRow | undefined {
  return store.db.prepare(`SELECT ${columns} FROM run WHERE id = ?`).get(id) as RunRow | undefined;
}

/** Runs whose id starts so: people type the first characters. */
export function findRunsByPrefix(store: Store, prefix: string): RunRow[] {
  return store.db
    .prepare(`SELECT ${columns} FROM run WHERE substr(id, 1, ?) = ? ORDER BY created_at DESC`)
    .all(prefix.length, prefix) as unknown as RunRow[];
}

/** Those among the ids that no run has. */
export function unknownRunIds(store: Store, ids: readonly string[]): string[] {
  return store.db
    .prepare('SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM run)')
    .all(JSON.stringify(ids))
    .map(({ value }) => String(value));
}

export interface RunFilter {
  readonly onlySweeps?: boolean;
  readonly kind?: RunRow['kind'] | undefined;
  readonly clusterId?: number | undefined;
  /** Only those of the workflow that is called so, from the file that was named so. */
  readonly workflow?: { readonly name: string; readonly source: string } | undefined;
  /** Only runs with jobs that may still change. */
  readonly open?: boolean | undefined;
  readonly limit?: number | undefined;
}

/** Only the plan of a sweep has it: known from its text alone, which may have megabytes. */
export const sweepMark = '"sweep":{"axes":';

/** Newest first. */
export function listRuns(store: Store, filter: RunFilter = {}): RunRow[] {
  const { kind = null, clusterId = null, open = false, limit = -1, workflow, onlySweeps = false } = filter;
  return store.db
    .prepare(
      `SELECT ${columns} FROM run
       WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR cluster_id = ?2)
         AND (?5 IS NULL OR (name = ?5 AND source = ?6))
         AND (?7 = 0 OR instr(plan, ?8) > 0)
         AND (?3 = 0 OR EXISTS (SELECT 1 FROM job INDEXED BY job_open WHERE job.run_id = run.id AND job.final = 0))
       ORDER BY created_at DESC, id LIMIT ?4`,
    )
    .all(
      ...[kind, clusterId, open ? 1 : 0, limit, workflow?.name ?? null, workflow?.source ?? null],
      ...[onlySweeps ? 1 : 0, sweepMark],
    ) as unknown as RunRow[];
}
