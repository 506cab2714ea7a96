import type { Inventory } from '../../core/slurm/node-info.ts';
import { parseNodeState } from '../../core/slurm/node-state.ts';
import { query } from './database.ts';
import type { EmbeddedContext } from './embedded-context.ts';
import { lookUpMachine } from './machine.ts';
import { nodeName } from './observations.ts';
import { partitionName } from './prepare-job.ts';
import { freeResources } from './resources.ts';
import { openJobs } from './rows.ts';

/** This machine in Slurm's terms: one partition with one node. */
export async function describeMachine(context: EmbeddedContext): Promise<Inventory> {
  const { resources } = await lookUpMachine(context);
  const { cpus, memoryMb, gpus } = resources;
  const queue = context.queueForReading();
  const free = freeResources(resources, await query(queue, () => openJobs(queue.db)));
  const name = nodeName();
  const used = cpus - free.cpus;
  return {
    partitions: [
      { name: partitionName, isDefault: true, up: true, availability: 'up', timeLimitSeconds: null, nodes: [name] },
    ],
    nodes: [
      {
        name,
        partitions: [partitionName],
        state: parseNodeState(used === 0 ? 'idle' : free.cpus > 0 ? 'mixed' : 'allocated'),
        cpus: { total: cpus, allocated: used, idle: free.cpus },
        memoryMb: { total: memoryMb, allocated: memoryMb - free.memoryMb },
        gpus: gpus === 0 ? [] : [{ type: '', total: gpus, used: gpus - free.gpus.length }],
        shared: [],
        features: [],
      },
    ],
  };
}
