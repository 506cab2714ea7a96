import { ConnectionError } from '../core/errors.ts';
import type { AppContext } from './app-context.ts';
import { sshHosts } from './ssh-hosts.ts';

/** What a first set-up can offer to choose from. */
export interface InitialFacts {
  /** Cluster and version; `undefined` where there is no Slurm that answers. */
  readonly slurm: string | undefined;
  readonly partitions: readonly string[];
  readonly accounts: readonly string[];
  /** Aliases of the user's ssh configuration, without patterns. */
  readonly sshHosts: readonly string[];
}

export async function initialFacts(context: AppContext): Promise<InitialFacts> {
  const hosts = sshHosts(context) ?? [];
  const nothing = { slurm: undefined, partitions: [], accounts: [], sshHosts: hosts };
  if (!context.hasSlurm()) return nothing;
  try {
    const cluster = await context.cluster('local');
    const [identity, { version }, partitions] = await Promise.all([
      cluster.identity(context.signal),
      cluster.capabilities(context.signal),
      cluster.slurm?.partitionLimits(context.signal),
    ]);
    const limits = await cluster.slurm?.accountLimits({ user: identity.user, cluster: identity.name }, context.signal);
    return {
      slurm: `${identity.name} (Slurm ${version})`,
      partitions: (partitions ?? []).map(({ name }) => name),
      accounts: [...new Set((limits?.associations ?? []).map(({ account }) => account))],
      sshHosts: hosts,
    };
  } catch (error) {
    // The questions can be asked without it.
    if (error instanceof ConnectionError) return nothing;
    throw error;
  }
}
