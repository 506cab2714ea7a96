import type { GpuReport } from '../app/list-gpus.ts';
import type { GpuRow } from '../core/slurm/gpu-table.ts';
import type { Field, Listing } from './field.ts';

/** `drop`: where a terminal is too narrow, what is free is missed most. */
function count(key: string, title: string, value: (row: GpuRow) => number, drop?: number): Field<GpuRow> {
  return { key, title, align: 'right', json: value, ...(drop === undefined ? {} : { drop }) };
}

/** `srunx gpus`: one row per partition and type; the row of the whole cluster has neither. */
export const gpuListing: Listing<GpuRow> = {
  fields: [
    {
      key: 'partition',
      title: 'PARTITION',
      json: ({ partition }) => partition ?? null,
      text: ({ partition }) => partition ?? 'TOTAL',
    },
    {
      key: 'type',
      title: 'TYPE',
      json: ({ type }) => type ?? null,
      text: ({ type }) => (type === undefined ? 'all' : type === '' ? '(none)' : type),
    },
    count('total', 'TOTAL', ({ total }) => total, 1),
    count('used', 'USED', ({ used }) => used, 2),
    {
      ...count('free', 'FREE', ({ free }) => free),
      colour: ({ free }) => (free > 0 ? 'green' : 'yellow'),
    },
    count('free_on_one_node', 'ON_ONE_NODE', ({ freeOnOneNode }) => freeOnOneNode, 4),
    count('reserved', 'RESERVED', ({ reserved }) => reserved, 7),
    count('unavailable', 'DOWN', ({ unavailable }) => unavailable, 6),
    count('pending', 'WAITED_FOR', ({ pending }) => pending, 3),
    count('pending_jobs', 'WAITING_JOBS', ({ pendingJobs }) => pendingJobs, 8),
    count('nodes', 'NODES', ({ nodes }) => nodes, 5),
  ],
  table: ['partition', 'type', 'total', 'used', 'free', 'free_on_one_node', 'unavailable', 'pending', 'nodes'],
  wide: [
    ...['partition', 'type', 'total', 'used', 'free', 'free_on_one_node', 'reserved', 'unavailable', 'pending'],
    ...['pending_jobs', 'nodes'],
  ],
  id: ({ partition }) => partition ?? 'TOTAL',
};

/** The documented JSON: the sums over the nodes that take jobs, then everything by partition and type. */
export function gpusJson(report: GpuReport, partitions: readonly string[]): Record<string, unknown> {
  const { rows, total, shared, usable, jobsRunning, nodes } = report;
  return {
    partition: partitions.length === 0 ? null : partitions.join(','),
    gpus_total: usable.total,
    gpus_in_use: usable.used,
    gpus_available: Math.max(0, usable.total - usable.used),
    jobs_running: jobsRunning,
    nodes_total: nodes.total,
    nodes_idle: nodes.idle,
    nodes_down: nodes.down,
    total: rowJson(total),
    gpus: rows.map(rowJson),
    shared,
  };
}

function rowJson(row: GpuRow): Record<string, unknown> {
  return Object.fromEntries(gpuListing.fields.map(({ key, json }) => [key, json?.(row)]));
}
