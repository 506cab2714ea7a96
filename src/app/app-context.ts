import type { Cluster } from '../cluster/cluster.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import type { Shell } from '../shell/shell.ts';
import type { Store } from '../store/open-store.ts';
import { ensureCluster, findCluster } from '../store/runs.ts';
import { transact } from '../store/transaction.ts';

export type TargetName = 'local' | 'embedded';

/** What use cases need from outside. Everything expensive is opened on first use and closed by the owner. */
export interface AppContext
  extends Pick<EngineContext, 'now' | 'monotonicNow' | 'sleep' | 'randomBytes' | 'holder' | 'isAlive' | 'reach'> {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The words of the command line behind `srunx`; none where a library is used. */
  readonly argv: readonly string[];
  /** Root of the plan directories. */
  readonly runRoot: string;
  /** Of the user's configuration. */
  readonly configDir: string;
  /** For what may be lost at any time. */
  readonly cacheDir: string;
  /** Holds the database of this host, and the embedded runner's. */
  readonly stateDir: string;
  /** Of srunx, and of the Node.js it runs on. */
  readonly versions: { readonly srunx: string; readonly node: string };
  /** Aborted by an interrupt. */
  readonly signal: AbortSignal;
  readonly hasSlurm: () => boolean;
  readonly store: () => Promise<Store>;
  readonly cluster: (target: TargetName) => Promise<Cluster>;
  /** The machine from which the target's jobs are submitted. */
  readonly shell: (target: TargetName) => Shell;
}

/** Which target the user named; neither means: Slurm where there is one. */
export interface TargetChoice {
  readonly embedded: boolean;
  readonly local: boolean;
}

export interface Target {
  readonly name: TargetName;
  /** One line for the user where the choice was made for them. */
  readonly notice?: string;
}

export function chooseTarget(context: AppContext, choice: TargetChoice): Target {
  if (choice.embedded) return { name: 'embedded' };
  if (choice.local || context.hasSlurm()) return { name: 'local' };
  return { name: 'embedded', notice: 'no sbatch on PATH: running on this machine with the embedded runner' };
}

/** The engine's view of one target. Asks the cluster who it is. */
export async function engineContext(context: AppContext, target: TargetName): Promise<EngineContext> {
  const store = await context.store();
  const cluster = await context.cluster(target);
  const identity = await cluster.identity(context.signal);
  // Found without writing: a full or read-only disk must not stand in the way of looking.
  const clusterId =
    findCluster(store, identity.key) ??
    (await transact(store, () => ensureCluster(store, { ...identity, kind: cluster.kind })));
  const { now, monotonicNow, sleep, randomBytes, holder, isAlive, signal, reach } = context;
  return { store, cluster, clusterId, now, monotonicNow, sleep, randomBytes, holder, isAlive, signal, reach };
}
