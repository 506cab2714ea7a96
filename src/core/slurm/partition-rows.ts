import type { GpuCount, Inventory, NodeClass, NodeInfo, PartitionInfo } from './node-info.ts';

/** The nodes of one partition that are in the same state. */
export interface PartitionRow {
  readonly partition: PartitionInfo;
  /** `undefined`: the partition has no nodes. */
  readonly state: NodeInfo['state'] | undefined;
  readonly nodes: readonly NodeInfo[];
}

/** As sinfo orders states: what can still take jobs beside others first, what is out of use last. */
const classOrder: Readonly<Record<NodeClass, number>> = {
  mixed: 0,
  allocated: 1,
  idle: 2,
  reserved: 3,
  unavailable: 4,
};

/** One row per partition and word of sinfo, in the order of the configuration. */
export function partitionRows({ partitions, nodes }: Inventory): PartitionRow[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return partitions.flatMap((partition) => {
    const byWord = Map.groupBy(membersOf(partition, byName), ({ state }) => state.word);
    if (byWord.size === 0) return [{ partition, state: undefined, nodes: [] }];
    return [...byWord.values()]
      .map((members) => ({ partition, state: members[0]?.state, nodes: members }))
      .sort((a, b) => rankOf(a) - rankOf(b));
  });
}

function rankOf({ state }: PartitionRow): number {
  return state === undefined ? 0 : classOrder[state.class];
}

function membersOf({ nodes }: PartitionInfo, byName: ReadonlyMap<string, NodeInfo>): NodeInfo[] {
  return nodes.flatMap((name) => byName.get(name) ?? []);
}

/** A partition and all its nodes. */
export interface PartitionSummary {
  readonly partition: PartitionInfo;
  readonly nodes: readonly NodeInfo[];
  readonly counts: NodeCounts;
}

/** Slurm's four: allocated (wholly or in part), idle, other, total. */
export interface NodeCounts {
  readonly allocated: number;
  readonly idle: number;
  readonly other: number;
  readonly total: number;
}

export function partitionSummaries({ partitions, nodes }: Inventory): PartitionSummary[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return partitions.map((partition) => {
    const members = membersOf(partition, byName);
    return { partition, nodes: members, counts: countNodesByUse(members) };
  });
}

export function countNodesByUse(nodes: readonly NodeInfo[]): NodeCounts {
  const of = (...wanted: NodeClass[]) => nodes.filter(({ state }) => wanted.includes(state.class)).length;
  const allocated = of('mixed', 'allocated');
  const idle = of('idle');
  return { allocated, idle, other: nodes.length - allocated - idle, total: nodes.length };
}

/** Nodes that were taken out of use by the same person for the same reason at the same time. */
export interface ReasonRow {
  readonly reason: string;
  readonly user: string | undefined;
  readonly time: number | undefined;
  readonly nodes: readonly NodeInfo[];
}

/** Newest first. */
export function reasonRows(nodes: readonly NodeInfo[]): ReasonRow[] {
  const given = nodes.filter(({ reason }) => reason !== undefined);
  const groups = Map.groupBy(given, ({ reason, reasonUser, reasonTime }) =>
    JSON.stringify([reason, reasonUser, reasonTime]),
  );
  return [...groups.values()]
    .map((members) => ({
      reason: members[0]?.reason ?? '',
      user: members[0]?.reasonUser,
      time: members[0]?.reasonTime,
      nodes: members,
    }))
    .sort((a, b) => (b.time ?? 0) - (a.time ?? 0));
}

/** What nodes have together. */
export function sumGpus(nodes: readonly NodeInfo[]): GpuCount[] {
  const counts = new Map<string, GpuCount>();
  for (const { type, total, used } of nodes.flatMap(({ gpus }) => gpus)) {
    const known = counts.get(type) ?? { type, total: 0, used: 0 };
    counts.set(type, { type, total: known.total + total, used: known.used + used });
  }
  return [...counts.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
}

export function sumCpus(nodes: readonly NodeInfo[]): NodeCounts {
  const sum = (value: (node: NodeInfo) => number) => nodes.reduce((total, node) => total + value(node), 0);
  const allocated = sum(({ cpus }) => cpus.allocated);
  const idle = sum(({ cpus }) => cpus.idle);
  const total = sum(({ cpus }) => cpus.total);
  return { allocated, idle, other: Math.max(0, total - allocated - idle), total };
}
