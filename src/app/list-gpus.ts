import { type GpuRow, gpuRows, gpuTotal, sharedGpus } from '../core/slurm/gpu-table.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { Inventory, SharedGpuCount } from '../core/slurm/node-info.ts';
import { countNodesByUse } from '../core/slurm/partition-rows.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { filterInventory } from './list-inventory.ts';

export interface GpuReport {
  readonly rows: readonly GpuRow[];
  /** Each node and each job once. */
  readonly total: GpuRow;
  readonly shared: readonly SharedGpuCount[];
  /** On nodes that take jobs: what is in use there and what is free. */
  readonly usable: { readonly total: number; readonly used: number };
  readonly jobsRunning: number;
  readonly nodes: { readonly total: number; readonly idle: number; readonly down: number };
}

/** The GPUs there are, who has them and who waits for them: one question about nodes, one about jobs. */
export async function listGpus(
  context: AppContext,
  request: { readonly target: TargetName; readonly partitions: readonly string[] },
): Promise<GpuReport> {
  const { target, partitions } = request;
  const { signal } = context;
  const cluster = await context.cluster(target);
  const [all, { jobs }] = await Promise.all([cluster.inventory({ signal }), cluster.observe({ scope: 'all', signal })]);
  const inventory = filterInventory(all, { target, partitions });
  return reportGpus(inventory, partitions.length === 0 ? jobs : jobs.filter((job) => isInOneOf(job, partitions)));
}

function isInOneOf({ partition = '' }: JobObservation, names: readonly string[]): boolean {
  return partition.split(',').some((name) => names.includes(name));
}

export function reportGpus(inventory: Inventory, jobs: readonly JobObservation[]): GpuReport {
  const usable = inventory.nodes.filter(({ state }) => state.class !== 'unavailable' && state.class !== 'reserved');
  const { total, used } = gpuTotal({ ...inventory, nodes: usable }, []);
  const { idle } = countNodesByUse(inventory.nodes);
  return {
    rows: gpuRows(inventory, jobs),
    total: gpuTotal(inventory, jobs),
    shared: sharedGpus(inventory.nodes),
    usable: { total, used },
    jobsRunning: jobs.filter(({ state }) => state.status === 'RUNNING').length,
    nodes: { total: inventory.nodes.length, idle, down: inventory.nodes.length - usable.length },
  };
}
