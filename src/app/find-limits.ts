import type { Cluster } from '../cluster/cluster.ts';
import type { SlurmFacts } from '../cluster/slurm-facts.ts';
import { ConnectionError } from '../core/errors.ts';
import type { AccountLimits } from '../core/slurm/account-limits.ts';
import type { PartitionInfo } from '../core/slurm/node-info.ts';
import type { PartitionLimits } from '../core/slurm/partition-limits.ts';
import { gpusByType } from '../core/slurm/tres.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { inOneTurn } from './in-one-turn.ts';
import { requireKnown } from './list-inventory.ts';

export interface LimitReport {
  readonly cluster: string;
  readonly user: string;
  readonly partitions: readonly PartitionLimits[];
  /** `undefined`: the cluster keeps no accounts, or they cannot be asked now. */
  readonly accounts: AccountLimits | undefined;
  /** Why there are no accounts. */
  readonly accountsProblem: string | undefined;
  /** What of the accounts' limits the controller enforces: `associations`, `limits`, `qos` … */
  readonly enforced: readonly string[];
  /** Array indices must be below it. */
  readonly maxArraySize: number;
  /** Jobs in the queue, everybody's together. */
  readonly maxJobCount: number | undefined;
  readonly minJobAgeSeconds: number;
}

/** What may be asked of the cluster: its partitions' limits, and what the caller's accounts allow. */
export async function findLimits(
  context: AppContext,
  { target, partitions = [] }: { readonly target: TargetName; readonly partitions?: readonly string[] },
): Promise<LimitReport> {
  const { signal } = context;
  const cluster = await context.cluster(target);
  const { slurm } = cluster;
  const [{ name, user }, { maxArraySize, minJobAgeSeconds }, config, all, accounts] = await inOneTurn([
    cluster.identity(signal),
    cluster.capabilities(signal),
    Promise.resolve(slurm?.config(signal)),
    Promise.resolve(slurm?.partitionLimits(signal)),
    Promise.resolve(slurm && accountsOf(slurm, signal)),
  ]);
  const common = { cluster: name, user, maxArraySize, minJobAgeSeconds };
  if (config === undefined || all === undefined || accounts === undefined) {
    const machine = await limitsOfMachine(cluster, signal);
    requireKnown(partitions, { kind: 'partition', target, known: machine.partitions.map((one) => one.name) });
    return { ...common, ...machine };
  }
  requireKnown(partitions, { kind: 'partition', target, known: all.map((one) => one.name) });
  const maxJobCount = Number(config.get('MaxJobCount'));
  return {
    ...common,
    partitions: partitions.length === 0 ? all : all.filter((one) => partitions.includes(one.name)),
    enforced: (config.get('AccountingStorageEnforce') ?? 'none').split(',').filter((word) => word !== 'none'),
    maxJobCount: Number.isNaN(maxJobCount) ? undefined : maxJobCount,
    ...accounts,
  };
}

async function accountsOf(
  slurm: SlurmFacts,
  signal: AbortSignal,
): Promise<Pick<LimitReport, 'accounts' | 'accountsProblem'>> {
  try {
    const accounts = await slurm.accountLimits('asker', signal);
    const problem = accounts === undefined ? 'the cluster keeps no accounts' : undefined;
    return { accounts, accountsProblem: problem };
  } catch (error) {
    // The partitions' limits are worth showing without.
    if (!(error instanceof ConnectionError)) throw error;
    return { accounts: undefined, accountsProblem: error.message };
  }
}

/** The embedded runner limits nothing but what the machine has. */
async function limitsOfMachine(
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Omit<LimitReport, 'cluster' | 'user' | 'maxArraySize' | 'minJobAgeSeconds'>> {
  const { partitions, nodes } = await cluster.inventory({ signal });
  const cpus = nodes.reduce((sum, node) => sum + node.cpus.total, 0);
  const gpus = nodes.flatMap((node) => node.gpus).reduce((sum, gpu) => sum + gpu.total, 0);
  const memoryMb = Math.max(0, ...nodes.map((node) => node.memoryMb.total));
  return {
    partitions: partitions.map((partition) => ({
      ...unlimited(partition),
      maxNodes: nodes.length,
      maxCpusPerNode: cpus,
      maxMemoryMbPerNode: memoryMb,
      totalNodes: nodes.length,
      totalCpus: cpus,
      gpus: gpusByType(gpus === 0 ? '' : `gpu:${gpus}`),
    })),
    accounts: undefined,
    accountsProblem: 'the embedded runner has no accounts',
    enforced: [],
    maxJobCount: undefined,
  };
}

function unlimited({ name, isDefault, up, timeLimitSeconds }: PartitionInfo): PartitionLimits {
  return {
    ...{ name, isDefault, state: up ? 'UP' : 'DOWN', maxTimeSeconds: timeLimitSeconds, defaultTimeSeconds: null },
    ...{ minNodes: 1, maxNodes: null, maxCpusPerNode: null, maxMemoryMbPerNode: null, maxMemoryMbPerCpu: null },
    ...{ defaultMemoryMbPerNode: null, defaultMemoryMbPerCpu: null, allowAccounts: [], denyAccounts: [] },
    ...{ allowQos: [], denyQos: [], allowGroups: [], qos: null, rootOnly: false, needsReservation: false },
    ...{ totalNodes: 0, totalCpus: 0, gpus: new Map<string, number>() },
  };
}
