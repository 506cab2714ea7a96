/** How usable a node is now. `reserved` needs the reservation. */
export const nodeClasses = ['idle', 'mixed', 'allocated', 'reserved', 'unavailable'] as const;
export type NodeClass = (typeof nodeClasses)[number];

export interface NodeState {
  readonly class: NodeClass;
  /** The base state and all flags, verbatim: `mixed+drain`. */
  readonly raw: string;
  /** The one word that sinfo shows, with its mark: `draining`, `idle*`. */
  readonly word: string;
  /** What stands behind the base state, in the words of the complete form: `drain`, `not_responding`. */
  readonly flags: readonly string[];
  /** Powered down or powering up: idle, but with a delay. */
  readonly wakeUp: boolean;
  /** Promised to a pending job by the backfill scheduler. */
  readonly promised: boolean;
}

/** A node, once, however many partitions list it. */
export interface NodeInfo {
  readonly name: string;
  readonly partitions: readonly string[];
  readonly state: NodeState;
  /** What is neither allocated nor idle belongs to nobody: the node is down or drained. */
  readonly cpus: { readonly total: number; readonly allocated: number; readonly idle: number };
  /** `free` is what the node's system itself calls free, whoever asked for it. */
  readonly memoryMb: { readonly total: number; readonly allocated: number; readonly free?: number };
  readonly gpus: readonly GpuCount[];
  /** Parts of GPUs that jobs share: `shard`, `mps`. They are no GPUs of their own. */
  readonly shared: readonly SharedGpuCount[];
  /** Running processes, as the system averages them over minutes. */
  readonly load?: number;
  /** Those that jobs may ask for now. */
  readonly features: readonly string[];
  readonly weight?: number;
  /** Why it was drained or set down, by whom and when (epoch seconds). */
  readonly reason?: string;
  readonly reasonUser?: string;
  readonly reasonTime?: number;
}

export interface GpuCount {
  /** Empty for GPUs without a type. */
  readonly type: string;
  readonly total: number;
  readonly used: number;
}

export interface SharedGpuCount extends GpuCount {
  readonly name: string;
}

export interface PartitionInfo {
  readonly name: string;
  readonly isDefault: boolean;
  readonly up: boolean;
  /** Slurm's word: `up`, `down`, `drain`, `inact`. */
  readonly availability: string;
  /** `null`: no limit. */
  readonly timeLimitSeconds: number | null;
  readonly nodes: readonly string[];
  /** How many nodes a job may take: `1-infinite`. */
  readonly jobSize?: string;
  readonly rootOnly?: boolean;
  readonly overSubscribe?: string;
  /** The groups that may use it; absent: all. */
  readonly groups?: readonly string[];
}

/** What a cluster has, at one moment. */
export interface Inventory {
  /** In the order of the configuration. */
  readonly partitions: readonly PartitionInfo[];
  readonly nodes: readonly NodeInfo[];
}
