import type { Cluster } from '../cluster/cluster.ts';
import type { RemoteFacts } from '../core/remote/preamble.ts';
import type { SshAccount } from '../core/remote/ssh-words.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import type { Shell } from '../shell/shell.ts';
import type { Store } from '../store/open-store.ts';
import { ensureCluster, findCluster } from '../store/runs.ts';
import { transact } from '../store/transaction.ts';
import type { RsyncClient } from '../sync/rsync-client.ts';
import { isRemote, type TargetName } from './target-name.ts';

export type { TargetName };

/** Where a target's jobs are submitted from. */
export interface TargetPlace {
  /** The directory in which they run unless they say otherwise. */
  readonly cwd: string;
  /** Root of the plan directories. */
  readonly runRoot: string;
  /** Variables that steer a submission there, as far as they are known here. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What use cases need from outside. Everything expensive is opened on first use and closed by the owner. */
export interface AppContext
  extends Pick<EngineContext, 'now' | 'monotonicNow' | 'sleep' | 'randomBytes' | 'holder' | 'isAlive' | 'reach'> {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The other machine of which `cwd`, `runRoot` and `env` are; absent: they are this one's. */
  readonly on?: TargetName;
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
  /** Where jobs go, as the command line, the surroundings or the configuration say. Throws where they contradict each other. */
  readonly selection: () => Target;
  /** All that are configured. */
  readonly profileNames: () => readonly string[];
  /** Whether there is a target of that name here. */
  readonly isTarget: (name: string) => boolean;
  /** Whether it can be asked without logging in anywhere. */
  readonly isReady: (target: TargetName) => boolean;
  /** For people: `ada@dgx.example.org via gate`. Asks nobody. */
  readonly describeTarget: (target: TargetName) => string;
  /** The connection of a profile, or of a host of ssh's configuration. Throws where there is no profile of that name. */
  readonly connection: (way: string | SshHost) => Connection;
  /** Asks the machine, where it is another one. */
  readonly placeOn: (target: TargetName) => Promise<TargetPlace>;
  readonly store: () => Promise<Store>;
  readonly cluster: (target: TargetName) => Promise<Cluster>;
  /** The machine from which the target's jobs are submitted. */
  readonly shell: (target: TargetName) => Shell;
  /** Brings files there and back, over the same connection. Rejects where the target is this machine, and where it has no rsync. */
  readonly rsync: (target: TargetName) => Promise<RsyncClient>;
}

/** A host of the user's configuration of ssh, or of another one. */
export type SshHost = Pick<SshAccount, 'host' | 'configFile'>;

/** The one connection to an account that all processes of this user share. */
export interface Connection {
  /** Whether it is open. Asks this machine alone. */
  readonly isOpen: () => Promise<boolean>;
  /** Opens it; nothing is asked of a person. Throws a ConnectionError. */
  readonly open: () => Promise<void>;
  /** Opens it; a person may be asked for passwords and codes on the terminal. `seconds`: how long it stays after its last use. */
  readonly logIn: (seconds: number) => Promise<boolean>;
  /** Closes it, for everybody. False where it was not open. */
  readonly close: () => Promise<boolean>;
  /** Who and where the account is, and what is missing there. */
  readonly facts: () => Promise<RemoteFacts>;
}

export interface Target {
  readonly name: TargetName;
  /** Who chose it; absent where nobody did. */
  readonly via?: '--profile' | '--local' | '--embedded' | '$SRUNX_SSH_PROFILE' | 'current profile';
  /** One line for the user where the choice was made for them. */
  readonly notice?: string;
}

/** The same as if we were where the target's jobs are submitted: its directories, and its variables. */
export async function contextOn(context: AppContext, target: TargetName): Promise<AppContext> {
  if (!isRemote(target) || context.on === target) return context;
  return { ...context, ...(await context.placeOn(target)), on: target };
}

/** Opens all that is needed before a target can be asked: what is begun after it asks in the same turn. */
export async function openAll(context: AppContext, target: TargetName): Promise<void> {
  await Promise.all([context.store(), context.cluster(target), context.placeOn(target)]);
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
