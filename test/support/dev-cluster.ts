import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { devClusterDir, workerDir } from '../../dev/cluster-directory.ts';
import { type DevCluster, type DevClusterOptions, ensureDevCluster, startDevCluster } from '../../dev/dev-cluster.ts';
import { describeMissing, missingPrerequisites } from '../../dev/packages.ts';

/** Installing the packages included. */
const startTimeoutMs = 300_000;

/**
 * A real Slurm cluster for the suite in which this is called; ask for it inside tests and hooks, not while collecting.
 *
 * Without options it is the one that all suites share (`SRUNX_TEST_CLUSTER_DIR`, set by `global-cluster.ts` or by hand), or, where
 * files run side by side, those of this worker: leave no job behind that others could trip over. With options it is the suite's own. Where Slurm is not installed every
 * test of the suite is skipped and says why; if `SRUNX_TEST_REQUIRE` names `slurm`, Slurm is installed or the suite fails.
 */
export function useDevCluster(options?: DevClusterOptions): () => DevCluster {
  const missing = missingPrerequisites(options);
  if (missing.length > 0 && !isRequired('slurm')) {
    beforeEach(({ skip }) => skip(describeMissing(missing)));
  }
  const shared = options === undefined ? sharedDir() : undefined;
  let cluster: DevCluster | undefined;
  beforeAll(async () => {
    if (missing.length > 0 && !isRequired('slurm')) return;
    cluster = await (shared === undefined ? startTestCluster(options) : ensureDevCluster({ dir: shared }));
  }, startTimeoutMs);
  afterAll(async () => {
    if (shared === undefined) await cluster?.stop();
  });
  return () => {
    if (cluster === undefined) throw new Error('the cluster is there in tests and hooks only');
    return cluster;
  };
}

function sharedDir(): string | undefined {
  const dir = process.env['SRUNX_TEST_CLUSTER_DIR'];
  const isAlone = Number(process.env['SRUNX_TEST_WORKERS'] ?? 1) === 1;
  return dir === undefined || isAlone ? dir : workerDir(dir, Number(process.env['VITEST_POOL_ID']));
}

/** A cluster of the caller's own, to be stopped by the caller; the next test run removes it if this process dies first. */
export async function startTestCluster(options: DevClusterOptions = {}): Promise<DevCluster> {
  const start = () => startDevCluster({ ...options, dir: testClusterDir() });
  try {
    return await start();
  } catch (error) {
    // Several that start at the same moment may get in each other's way: a port is taken before it is listened to.
    if (!String(error).includes('ended at once')) throw error;
    return start();
  }
}

/** Where a cluster of this test process may be; the name tells `global-cluster.ts` whose it is. */
export function testClusterDir(): string {
  return devClusterDir(`test-${process.pid}-${randomBytes(3).toString('hex')}`);
}

export function isRequired(kind: string): boolean {
  return (process.env['SRUNX_TEST_REQUIRE'] ?? '').split(',').includes(kind);
}
