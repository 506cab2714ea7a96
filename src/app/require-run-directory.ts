import { RefusedError } from '../core/errors.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import { findNodeTest } from '../store/node-tests.ts';
import { formatAge } from './format-age.ts';

/**
 * For jobs that start what lies in the run directory. Throws where the last test job on this cluster proved that nodes do not see
 * it: each of them would die at once, and without a word. What nobody has tested is no fault, nor is another directory.
 */
export function requireRunDirectory(
  { store, clusterId, cluster, now }: Pick<EngineContext, 'store' | 'clusterId' | 'cluster' | 'now'>,
  runRoot: string,
): void {
  const test = findNodeTest(store, clusterId);
  if (test?.abilities.sharedDirectory !== false || test.runRoot !== runRoot) return;
  const node = test.node ?? 'the node';
  const when = `${new Date(test.testedAt).toISOString()}, ${formatAge(now() - test.testedAt)} ago`;
  throw new RefusedError(
    `the nodes of ${cluster.target} do not see the run directory ${runRoot}; nothing was submitted`,
    {
      code: 'nodes.run_directory',
      detail: `test of ${node} (${when}): ${test.complaints.sharedDirectory ?? 'nothing was written there'}`,
      hint:
        'Name a directory in SRUNX_RUN_DIR that the nodes see at the same path. If that was put right, or other nodes are meant, ' +
        '`srunx doctor --job` (with -p PARTITION) tests again, and its result counts from then on.',
    },
  );
}
