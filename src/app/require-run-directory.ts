import { RefusedError } from '../core/errors.ts';
import type { NodeTest } from '../core/slurm/node-test.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import { findNodeTest } from '../store/node-tests.ts';
import { formatAge } from './format-age.ts';
import { whereToNameRuns } from './where-to-name-runs.ts';

type Tested = Pick<EngineContext, 'store' | 'clusterId' | 'cluster' | 'now'>;

/**
 * For jobs that start what lies in the run directory. Throws where the last test job on this cluster proved that nodes do not see
 * it: each of them would die at once, and without a word. What nobody has tested is no fault, nor is another directory.
 */
export function requireRunDirectory({ store, clusterId, cluster, now }: Tested, runRoot: string): void {
  const test = findNodeTest(store, clusterId);
  if (test?.abilities.sharedDirectory !== false || test.runRoot !== runRoot) return;
  throw new RefusedError(
    `the nodes of ${cluster.target} do not see the run directory ${runRoot}; nothing was submitted`,
    {
      code: 'nodes.run_directory',
      detail: `${describe(test, now)}: ${test.complaints.sharedDirectory ?? 'nothing was written there'}`,
      hint:
        `Name a directory ${whereToNameRuns(cluster.target)} that the nodes see at the same path. If that was put right, or other nodes are meant, ` +
        '`srunx doctor --job` (with -p PARTITION) tests again, and its result counts from then on.',
    },
  );
}

/**
 * Why jobs of a cluster cannot put themselves back into the queue, as the last test job there found out; `undefined` where they can,
 * or where nobody has tested it.
 */
export function whyNoRequeue({ store, clusterId, now }: Omit<Tested, 'cluster'>): string | undefined {
  const test = findNodeTest(store, clusterId);
  const ability = (['scontrol', 'requeue'] as const).find((name) => test?.abilities[name] === false);
  if (test === undefined || ability === undefined) return undefined;
  return `${describe(test, now)}: ${test.complaints[ability] || `${ability} does not work`}`;
}

/** Whether a test job has found out that they can. */
export function isRequeueProven({ store, clusterId }: Pick<Tested, 'store' | 'clusterId'>): boolean {
  return findNodeTest(store, clusterId)?.abilities.requeue === true;
}

/**
 * Why a job cannot hand over the rest of a sweep from its node, as far as is known; `undefined` where a test job has found out that one
 * can.
 */
export function whyNoRelay({ store, clusterId, cluster, now }: Tested, runRoot: string): string | undefined {
  const test = findNodeTest(store, clusterId);
  const untested = `whether jobs of ${cluster.target} may submit jobs has not been tested: \`srunx doctor --job\` does`;
  if (test === undefined || test.runRoot !== runRoot) return untested;
  const needed = ['sharedDirectory', 'scontrol', 'sbatch', 'requeue'] as const;
  const ability = needed.find((name) => test.abilities[name] === false);
  if (ability !== undefined) return `${describe(test, now)}: ${test.complaints[ability] || `${ability} does not work`}`;
  return needed.every((name) => test.abilities[name] === true) ? undefined : untested;
}

function describe({ node, testedAt }: NodeTest, now: () => number): string {
  return `test of ${node ?? 'the node'} (${new Date(testedAt).toISOString()}, ${formatAge(now() - testedAt)} ago)`;
}
