import type { Cluster, Snapshot } from '../cluster/cluster.ts';
import type { LeaseRow } from '../store/leases.ts';
import type { Store } from '../store/open-store.ts';
import type { CrashPoint } from './crash-points.ts';

/** What the engine needs from outside: built once per command, for one cluster. */
export interface EngineContext {
  readonly store: Store;
  readonly cluster: Cluster;
  readonly clusterId: number;
  /** Epoch ms. */
  readonly now: () => number;
  /** Ms on a clock that nobody sets; its zero means nothing. */
  readonly monotonicNow: () => number;
  /** Rejects when the command is interrupted. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Names this process so that others can tell whether it lives. */
  readonly holder: string;
  readonly isAlive: (holder: string) => boolean;
  readonly signal?: AbortSignal | undefined;
  /** A look at the account's own jobs that was begun while the cluster was asked who it is, and has its place in the budget; there is one at most. */
  readonly takeAhead?: (() => Promise<Snapshot> | undefined) | undefined;
  /** Told of each point at which a test may end the process; absent where nobody wants to know. */
  readonly reach?: ((point: CrashPoint) => void) | undefined;
}

/** A lease may be taken from a holder that is dead. All holders are processes of this host, so death is certain. */
export function mayReplaceDead(context: Pick<EngineContext, 'isAlive'>): (current: LeaseRow) => boolean {
  return ({ holder }) => !context.isAlive(holder);
}
