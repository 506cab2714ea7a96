import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devClusterDir, dirPrefix } from '../../dev/cluster-directory.ts';
import { stopDevCluster } from '../../dev/dev-cluster.ts';
import { readProcess } from '../../dev/processes.ts';

/**
 * Vitest global setup: names the directory of the cluster that all suites of this run share. The first suite that needs it
 * starts it (see `useDevCluster`), so a run that needs none starts none. A directory given from outside is left alone.
 */
export async function setup(): Promise<void> {
  await removeLeftovers();
  process.env['SRUNX_TEST_CLUSTER_DIR'] ??= sharedDir();
}

export async function teardown(): Promise<void> {
  await stopDevCluster(sharedDir());
}

function sharedDir(): string {
  return devClusterDir(`test-${process.pid}`);
}

/** Clusters of test runs that were killed: the name says which process they belonged to. */
async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(`${dirPrefix()}test-`) ? /test-(\d+)/.exec(name)?.[1] : undefined;
    if (pid !== undefined && readProcess(Number(pid)) === undefined) await stopDevCluster(join(tmpdir(), name));
  }
}
