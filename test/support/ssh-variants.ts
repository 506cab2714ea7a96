import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { DevCluster } from '../../dev/dev-cluster.ts';
import { type SshVariant, type SshVariantOptions, startSshVariant } from '../../dev/ssh-variants.ts';
import { isRequired } from './dev-cluster.ts';

/** Installing a shell included. */
const startTimeoutMs = 300_000;

/**
 * A variant of the cluster's ssh side for the suite in which this is called, behind `useDevCluster`. Where this machine cannot have it,
 * every test of the suite is skipped and says why; if `SRUNX_TEST_REQUIRE` names `ssh`, the suite fails.
 */
export function useSshVariant(cluster: () => DevCluster, options: SshVariantOptions = {}): () => SshVariant {
  let variant: SshVariant | undefined;
  let problem: unknown;
  beforeAll(async () => {
    try {
      variant = await startSshVariant(cluster(), options);
    } catch (error) {
      if (isRequired('ssh')) throw error;
      problem = error;
    }
  }, startTimeoutMs);
  beforeEach(({ skip }) => {
    if (problem !== undefined) skip(String(problem));
  });
  afterAll(() => variant?.stop());
  return () => {
    if (variant === undefined) throw new Error('the variant is there in tests and hooks only');
    return variant;
  };
}
