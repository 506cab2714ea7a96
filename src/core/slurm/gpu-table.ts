import { countTasksOf } from './job-id.ts';
import type { JobObservation } from './job-observation.ts';
import type { Inventory, NodeInfo, SharedGpuCount } from './node-info.ts';

/**
 * The GPUs of one type in one partition. Every GPU is counted once: `total` is the sum of `used`, `free`, `reserved` and
 * `unavailable`.
 */
export interface GpuRow {
  /** `undefined`: the whole cluster, each node once. */
  readonly partition: string | undefined;
  /** Empty where the GPUs have no type; `undefined` for all types together. */
  readonly type: string | undefined;
  readonly total: number;
  readonly used: number;
  /** On nodes that take jobs. */
  readonly free: number;
  /** The most that one job could have on one node. */
  readonly freeOnOneNode: number;
  /** Not used, on nodes kept for a reservation. */
  readonly reserved: number;
  /** Not used, on nodes that take no jobs: down, drained, in maintenance. */
  readonly unavailable: number;
  /** What the jobs that wait ask for. */
  readonly pending: number;
  readonly pendingJobs: number;
  /** Nodes that have such GPUs. */
  readonly nodes: number;
}

/** One row per partition and type that has GPUs, or jobs that wait for some; partitions in the cluster's order. */
export function gpuRows({ partitions, nodes }: Inventory, jobs: readonly JobObservation[]): GpuRow[] {
  const demand = demandOf(jobs);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return partitions.flatMap(({ name, nodes: members }) => {
    const own = members.flatMap((member) => byName.get(member) ?? []);
    const types = [...new Set(own.flatMap(({ gpus }) => gpus.map(({ type }) => type)))].sort();
    const wanted = demand.filter(({ partitions: names }) => names.includes(name));
    const shares = sharesOf(wanted, types);
    const all = [...new Set([...types, ...shares.keys()])].sort();
    return all.map((type) => ({ partition: name, ...countGpus(own, type), type, ...(shares.get(type) ?? nothing) }));
  });
}

/** All types of the cluster together, each node and each job once. */
export function gpuTotal({ nodes }: Inventory, jobs: readonly JobObservation[]): GpuRow {
  const demand = demandOf(jobs);
  const pending = demand.reduce((sum, { gpus }) => sum + gpus, 0);
  const pendingJobs = demand.reduce((sum, { tasks }) => sum + tasks, 0);
  return { partition: undefined, ...countGpus(nodes, undefined), type: undefined, pending, pendingJobs };
}

type Counts = Omit<GpuRow, 'partition' | 'type' | 'pending' | 'pendingJobs'>;

function countGpus(nodes: readonly NodeInfo[], wanted: string | undefined): Counts {
  const counts = { total: 0, used: 0, free: 0, freeOnOneNode: 0, reserved: 0, unavailable: 0, nodes: 0 };
  for (const { gpus, state } of nodes) {
    const own = gpus.filter(({ type }) => wanted === undefined || type === wanted);
    const total = own.reduce((sum, gpu) => sum + gpu.total, 0);
    const used = own.reduce((sum, gpu) => sum + gpu.used, 0);
    const left = Math.max(0, total - used);
    counts.total += total;
    counts.used += used;
    counts.nodes += own.length > 0 ? 1 : 0;
    if (state.class === 'unavailable') counts.unavailable += left;
    else if (state.class === 'reserved') counts.reserved += left;
    else {
      counts.free += left;
      counts.freeOnOneNode = Math.max(counts.freeOnOneNode, left);
    }
  }
  return counts;
}

interface Demand {
  readonly partitions: readonly string[];
  readonly gpus: number;
  readonly types: Readonly<Record<string, number>>;
  readonly tasks: number;
}

/** What waits, the unstarted tasks of an array each. A job that may run in several partitions asks in all of them. */
function demandOf(jobs: readonly JobObservation[]): Demand[] {
  return jobs.flatMap(({ state, gpus, gpuTypes = {}, partition = '', jobId }) => {
    if (state.status !== 'PENDING' || gpus === 0) return [];
    const tasks = countTasksOf(jobId);
    const types = Object.fromEntries(Object.entries(gpuTypes).map(([type, count]) => [type, count * tasks]));
    return [{ partitions: partition.split(','), gpus: gpus * tasks, types, tasks }];
  });
}

const nothing = { pending: 0, pendingJobs: 0 };

/** The demand by type. What is asked for without a type goes to the only type there is, or else has a row of its own. */
function sharesOf(
  demand: readonly Demand[],
  types: readonly string[],
): ReadonlyMap<string, { readonly pending: number; readonly pendingJobs: number }> {
  const shares = new Map<string, { pending: number; pendingJobs: number }>();
  const [onlyType] = types.length === 1 ? types : [];
  for (const { gpus, types: typed, tasks } of demand) {
    const rest = gpus - Object.values(typed).reduce((sum, count) => sum + count, 0);
    const parts = [...Object.entries(typed), ...(rest > 0 ? [[onlyType ?? '', rest] as const] : [])];
    for (const [type, count] of parts) {
      const share = shares.get(type) ?? nothing;
      shares.set(type, { pending: share.pending + count, pendingJobs: share.pendingJobs + tasks });
    }
  }
  return shares;
}

/** Parts of GPUs that jobs share, over all nodes. */
export function sharedGpus(nodes: readonly NodeInfo[]): SharedGpuCount[] {
  const counts = new Map<string, SharedGpuCount>();
  for (const { name, type, total, used } of nodes.flatMap(({ shared }) => shared)) {
    const key = `${name}:${type}`;
    const known = counts.get(key) ?? { name, type, total: 0, used: 0 };
    counts.set(key, { name, type, total: known.total + total, used: known.used + used });
  }
  return [...counts.values()];
}
