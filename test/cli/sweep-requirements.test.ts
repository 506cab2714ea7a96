import { describe, it } from 'vitest';
import { useDevCluster } from '../support/dev-cluster.ts';
import { sweepLibrary } from '../support/sweep-library.ts';
import { runRequirements } from '../support/sweep-run-requirements.ts';
import { useSandbox } from './sandbox.ts';

// Those that take no run are in src/core/sweep/requirements.test.ts, with the list of all.
const cluster = useDevCluster();
const sandbox = useSandbox(() => cluster().env);

describe.each(['local', 'embedded'] as const)('the requirements of sweeps on %s', (target) => {
  const library = sweepLibrary(sandbox, target);
  it.each(runRequirements.map((one) => [one.numbers.join(), one.says, one.prove] as const))('%s: %s', (_, __, prove) =>
    prove(library),
  );
});
