/** How usable a node is now. `reserved` needs the reservation. */
export const nodeClasses = ['idle', 'mixed', 'allocated', 'reserved', 'unavailable'] as const;
export type NodeClass = (typeof nodeClasses)[number];

export interface NodeState {
  readonly class: NodeClass;
  /** Slurm's word(s), verbatim. */
  readonly raw: string;
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
  readonly cpus: { readonly total: number; readonly allocated: number };
  readonly memoryMb: { readonly total: number; readonly allocated: number };
  /** By type; the type of untyped GPUs is the empty string. */
  readonly gpus: readonly { readonly type: string; readonly total: number; readonly used: number }[];
  /** Why it was drained or set down. */
  readonly reason?: string;
}

export interface PartitionInfo {
  readonly name: string;
  readonly isDefault: boolean;
  readonly up: boolean;
  /** `null`: no limit. */
  readonly timeLimitSeconds: number | null;
  readonly nodes: readonly string[];
}
