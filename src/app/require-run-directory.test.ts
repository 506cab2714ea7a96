import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.ts';
import { RefusedError } from '../core/errors.ts';
import type { NodeTest } from '../core/slurm/node-test.ts';
import { findNodeTest, saveNodeTest } from '../store/node-tests.ts';
import { openStore, type Store } from '../store/open-store.ts';
import { ensureCluster } from '../store/runs.ts';
import { describeNodeTest } from './check-health.ts';
import { isRequeueProven, requireRunDirectory, whyNoRequeue } from './require-run-directory.ts';

let store: Store;
let clusterId: number;
beforeEach(() => {
  store = openStore(':memory:');
  clusterId = ensureCluster(store, { key: 'slurm:c@h', kind: 'slurm', name: 'c' });
});
afterEach(() => store[Symbol.dispose]());

const day = 24 * 3_600_000;
const cluster = { target: 'local' } as Cluster;

function remember(sharedDirectory: boolean | null, facts: Partial<NodeTest> = {}): void {
  const abilities = { sharedDirectory, scontrol: null, sbatch: null, signals: null, requeue: null };
  const complaints = sharedDirectory === false ? { sharedDirectory: 'it left nothing' } : {};
  const test = { testedAt: 0, jobId: '7', node: 'n1', runRoot: '/runs', abilities, complaints, ...facts };
  saveNodeTest(store, { clusterId, test });
}

const check = (runRoot = '/runs') => requireRunDirectory({ store, clusterId, cluster, now: () => 3 * day }, runRoot);

describe('the run directory', () => {
  it('is refused where the last test proved that nodes do not see it, with the date of the test', () => {
    remember(false);
    expect(check).toThrow(RefusedError);
    expect(check).toThrow(
      expect.objectContaining({
        message: 'the nodes of local do not see the run directory /runs; nothing was submitted',
        detail: 'test of n1 (1970-01-01T00:00:00.000Z, 3 days ago): it left nothing',
        hint: expect.stringContaining('srunx doctor --job'),
      }),
    );
    // The newest result counts alone.
    remember(true);
    expect(check).not.toThrow();
  });

  it.each([
    ['local', 'Name a directory in SRUNX_RUN_DIR that'],
    ['dgx', 'Name a directory with `srunx ssh update dgx --run-dir DIR` that'],
  ])('is chosen on %s as the hint says', (target, hint) => {
    remember(false);
    const there = { store, clusterId, cluster: { target } as Cluster, now: () => 3 * day };
    expect(() => requireRunDirectory(there, '/runs')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(hint) }),
    );
    const test = findNodeTest(store, clusterId);
    expect(describeNodeTest(test, { target, now: 3 * day, runRoot: '/runs' }).hint).toContain(hint);
  });

  it('is taken where nobody has tested it, or could not find out, or has tested another one', () => {
    expect(check).not.toThrow();
    remember(null);
    expect(check).not.toThrow();
    remember(false);
    expect(() => check('/other')).not.toThrow();
    saveNodeTest(store, { clusterId: ensureCluster(store, { key: 'b', kind: 'slurm', name: 'b' }), test: never });
    remember(true);
    expect(check).not.toThrow();
  });
});

describe('jobs that retry', () => {
  const why = () => whyNoRequeue({ store, clusterId, now: () => 3 * day });
  const abilities = { sharedDirectory: true, scontrol: true, sbatch: true, signals: true };

  it('are known to be unable to where the last test says so', () => {
    remember(true, {
      abilities: { ...abilities, requeue: false },
      complaints: { requeue: 'Requested operation is presently disabled' },
    });
    const words = 'test of n1 (1970-01-01T00:00:00.000Z, 3 days ago): Requested operation is presently disabled';
    expect(why()).toBe(words);
    expect(isRequeueProven({ store, clusterId })).toBe(false);
  });

  it('are known to be able to only where it was tested', () => {
    expect([why(), isRequeueProven({ store, clusterId })]).toEqual([undefined, false]);
    remember(true);
    expect([why(), isRequeueProven({ store, clusterId })]).toEqual([undefined, false]);
    remember(true, { abilities: { ...abilities, requeue: true } });
    expect([why(), isRequeueProven({ store, clusterId })]).toEqual([undefined, true]);
  });
});

const never: NodeTest = {
  ...{ testedAt: 0, jobId: '1', node: null, runRoot: '/runs', complaints: {} },
  abilities: { sharedDirectory: false, scontrol: false, sbatch: false, signals: false, requeue: false },
};
