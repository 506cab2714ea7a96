import type { NodeTest } from '../core/slurm/node-test.ts';
import type { Store } from './open-store.ts';

/** Runs inside the caller's transaction. */
export function saveNodeTest(
  { db }: Store,
  { clusterId, test }: { readonly clusterId: number; readonly test: NodeTest },
): void {
  db.prepare(
    `INSERT INTO node_test (cluster_id, tested_at, job_id, result) VALUES (?, ?, ?, ?)
     ON CONFLICT (cluster_id) DO UPDATE
       SET tested_at = excluded.tested_at, job_id = excluded.job_id, result = excluded.result`,
  ).run(clusterId, test.testedAt, test.jobId, JSON.stringify(test));
}

export function findNodeTest({ db }: Store, clusterId: number): NodeTest | undefined {
  const row = db.prepare('SELECT result FROM node_test WHERE cluster_id = ?').get(clusterId);
  return row === undefined ? undefined : (JSON.parse(String(row['result'])) as NodeTest);
}
