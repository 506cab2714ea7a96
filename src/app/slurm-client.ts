import { createSlurmClient, type SlurmClient } from '../cluster/slurm/slurm-client.ts';
import { UsageError } from '../core/errors.ts';
import type { AppContext, TargetName } from './app-context.ts';

/** Slurm's own commands, for what only Slurm has. `what` is a sentence about what the embedded runner lacks. */
export function slurmClient(
  context: AppContext,
  { target, what }: { readonly target: TargetName; readonly what: string },
): SlurmClient {
  if (target !== 'embedded') return createSlurmClient(context.shell(target));
  throw new UsageError(`${what}, which the embedded runner does not have`, {
    code: 'usage.embedded',
    hint: 'Use --local for the Slurm of this machine, or --profile for a cluster behind ssh (`srunx ssh add` makes a profile).',
  });
}
