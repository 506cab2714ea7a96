import { formatDuration } from '../core/slurm/duration.ts';
import { formatMemory } from '../core/slurm/memory.ts';
import type { GpuCount, NodeInfo, PartitionInfo } from '../core/slurm/node-info.ts';
import { foldNodeList } from '../core/slurm/node-list.ts';
import { compactNodeState } from '../core/slurm/node-state.ts';
import {
  countNodesByUse,
  type PartitionRow,
  type PartitionSummary,
  sumCpus,
  sumGpus,
} from '../core/slurm/partition-rows.ts';
import { nodeStateColour } from './colours.ts';
import type { Field, Listing } from './field.ts';
import { gresText } from './native-texts.ts';

interface OfPartition {
  readonly partition: PartitionInfo;
  readonly nodes: readonly NodeInfo[];
}

/** What every listing of partitions begins with. */
function partitionFields<Row extends OfPartition>(): readonly Field<Row>[] {
  return [
    {
      key: 'partition',
      title: 'PARTITION',
      json: ({ partition }) => partition.name,
      text: ({ partition }) => `${partition.name}${partition.isDefault ? '*' : ''}`,
      native: ['%P', 'Partition'],
    },
    {
      key: 'partition_name',
      title: 'PARTITION',
      text: ({ partition }) => partition.name,
      native: ['%R', 'PartitionName'],
    },
    { key: 'is_default', title: 'DEFAULT', json: ({ partition }) => partition.isDefault },
    {
      ...{ key: 'avail', title: 'AVAIL', json: ({ partition }) => partition.availability, drop: 7 },
      native: ['%a', 'Available'],
    },
    { key: 'timelimit', title: 'TIMELIMIT', align: 'right', json: timeLimit, drop: 6, native: ['%l', 'Time'] },
    {
      key: 'timelimit_seconds',
      title: 'TIMELIMIT_S',
      align: 'right',
      json: ({ partition }) => partition.timeLimitSeconds,
    },
    {
      key: 'job_size',
      title: 'JOB_SIZE',
      json: ({ partition }) => partition.jobSize ?? null,
      drop: 8,
      native: ['%s', 'Size'],
    },
    {
      key: 'root_only',
      title: 'ROOT',
      json: ({ partition }) => partition.rootOnly ?? null,
      text: ({ partition }) => (partition.rootOnly === true ? 'yes' : 'no'),
      drop: 9,
      native: ['%r', 'Root'],
    },
    {
      key: 'oversubscribe',
      title: 'OVERSUBS',
      json: ({ partition }) => partition.overSubscribe ?? null,
      drop: 11,
      native: ['%h', 'OverSubscribe'],
      inPattern: { title: 'OVERSUBSCRIBE' },
    },
    {
      key: 'groups',
      title: 'GROUPS',
      json: ({ partition }) => partition.groups ?? null,
      text: ({ partition }) => partition.groups?.join(',') ?? 'all',
      drop: 10,
      native: ['%g', 'Groups'],
    },
  ];
}

/** What their nodes have together. */
function amountFields<Row extends OfPartition>(): readonly Field<Row>[] {
  return [
    { key: 'cpus_total', title: 'CPUS', align: 'right', json: ({ nodes }) => sumCpus(nodes).total },
    // Slurm's word means those of one node.
    {
      ...{ key: 'cpus_per_node', title: 'CPUS', align: 'right', onRequest: true, native: ['%c', 'CPUs'] },
      text: ({ nodes }) => leastText(nodes.map(({ cpus }) => cpus.total)),
    },
    { key: 'cpus_allocated', title: 'CPUS_USED', align: 'right', json: ({ nodes }) => sumCpus(nodes).allocated },
    { key: 'cpus_idle', title: 'CPUS_IDLE', align: 'right', json: ({ nodes }) => sumCpus(nodes).idle },
    {
      key: 'cpus_state',
      title: 'CPUS(A/I/O/T)',
      align: 'right',
      text: ({ nodes }) => {
        const { allocated, idle, other, total } = sumCpus(nodes);
        return [allocated, idle, other, total].join('/');
      },
      drop: 3,
      native: ['%C', 'CPUsState'],
    },
    {
      key: 'memory_mb',
      title: 'MEMORY',
      align: 'right',
      json: ({ nodes }) => nodes.reduce((sum, { memoryMb }) => sum + memoryMb.total, 0),
      text: ({ nodes }) => formatMemory(nodes.reduce((sum, { memoryMb }) => sum + memoryMb.total, 0)),
      drop: 5,
    },
    {
      ...{ key: 'memory_mb_per_node', title: 'MEMORY', align: 'right', onRequest: true, native: ['%m', 'Memory'] },
      text: ({ nodes }) => leastText(nodes.map(({ memoryMb }) => memoryMb.total)),
    },
    {
      ...{ key: 'node_use', title: 'NODES(A/I)', align: 'right', onRequest: true, native: ['%A', 'NodeAI'] },
      text: ({ nodes }) => useText(nodes).split('/').slice(0, 2).join('/'),
    },
    {
      key: 'gpus',
      title: 'GPUS(U/T)',
      json: ({ nodes }) => sumGpus(nodes),
      text: ({ nodes }) => gpusText(sumGpus(nodes)),
      drop: 2,
      native: ['%G', 'Gres'],
      inPattern: { title: 'GRES', text: ({ nodes }) => gresText(nodes) },
    },
    {
      key: 'features',
      title: 'FEATURES',
      json: ({ nodes }) => featuresOf(nodes),
      text: ({ nodes }) => featuresOf(nodes).join(',') || '-',
      elastic: true,
      native: ['%f', '%b', 'Features', 'features_act'],
      inPattern: { title: 'AVAIL_FEATURES', text: ({ nodes }) => featuresOf(nodes).join(',') || '(null)' },
    },
    {
      key: 'nodelist',
      title: 'NODELIST',
      json: ({ nodes }) => foldNodeList(nodes.map(({ name }) => name)),
      text: ({ nodes }) => foldNodeList(nodes.map(({ name }) => name)),
      elastic: true,
      drop: 4,
      native: ['%N', 'NodeList'],
    },
  ];
}

/** `srunx sinfo`: one row per partition and state. */
export function partitionListing({ long }: { readonly long: boolean }): Listing<PartitionRow> {
  const short = ['partition', 'avail', 'timelimit', 'nodes', 'state', 'nodelist'];
  const all = [
    ...['partition', 'avail', 'timelimit', 'job_size', 'root_only', 'oversubscribe', 'groups', 'nodes', 'state'],
    ...['cpus_state', 'memory_mb', 'gpus', 'nodelist'],
  ];
  return {
    fields: [
      ...partitionFields<PartitionRow>(),
      {
        key: 'nodes',
        title: 'NODES',
        align: 'right',
        json: ({ nodes }) => nodes.length,
        drop: 1,
        native: ['%D', 'Nodes'],
      },
      {
        key: 'state',
        title: 'STATE',
        json: ({ state }) => state?.word ?? 'n/a',
        colour: ({ state }) => (state === undefined ? 'grey' : nodeStateColour(state)),
        short: { title: 'STATE', value: ({ state }) => compactNodeState(state?.word ?? 'n/a') },
        native: ['%T', 'StateLong'],
      },
      {
        key: 'state_compact',
        title: 'STATE',
        text: ({ state }) => compactNodeState(state?.word ?? 'n/a'),
        native: ['%t', 'State', 'StateCompact'],
      },
      { key: 'state_class', title: 'CLASS', json: ({ state }) => state?.class ?? null },
      {
        ...{ key: 'nodes_use', title: 'NODES(A/I/O/T)', align: 'right', onRequest: true, native: ['%F', 'NodeAIOT'] },
        text: ({ nodes }) => useText(nodes),
      },
      {
        key: 'raw_states',
        title: 'RAW_STATES',
        json: ({ nodes }) => [...new Set(nodes.map(({ state }) => state.raw))],
        native: ['StateComplete'],
      },
      { key: 'flags', title: 'FLAGS', json: ({ nodes }) => [...new Set(nodes.flatMap(({ state }) => state.flags))] },
      ...amountFields<PartitionRow>(),
    ],
    table: long ? all : short,
    wide: all,
    id: ({ partition }) => partition.name,
  };
}

/** `srunx sinfo -s`: one row per partition. */
export function summaryListing({ long }: { readonly long: boolean }): Listing<PartitionSummary> {
  const short = ['partition', 'avail', 'timelimit', 'nodes', 'nodelist'];
  const all = ['partition', 'avail', 'timelimit', 'nodes', 'cpus_state', 'memory_mb', 'gpus', 'nodelist'];
  return {
    fields: [
      ...partitionFields<PartitionSummary>(),
      { key: 'nodes_allocated', title: 'NODES_USED', align: 'right', json: ({ counts }) => counts.allocated },
      { key: 'nodes_idle', title: 'NODES_IDLE', align: 'right', json: ({ counts }) => counts.idle },
      { key: 'nodes_other', title: 'NODES_OTHER', align: 'right', json: ({ counts }) => counts.other },
      {
        key: 'nodes_total',
        title: 'NODES',
        align: 'right',
        json: ({ counts }) => counts.total,
        native: ['%D', 'Nodes'],
      },
      {
        key: 'nodes',
        title: 'NODES(A/I/O/T)',
        align: 'right',
        text: ({ counts: { allocated, idle, other, total } }) => [allocated, idle, other, total].join('/'),
        native: ['%F', 'NodeAIOT'],
      },
      ...amountFields<PartitionSummary>(),
    ],
    table: long ? all : short,
    wide: all,
    id: ({ partition }) => partition.name,
  };
}

/** Of nodes that differ, the least with a plus behind it, as sinfo has it. */
function leastText(amounts: readonly number[]): string {
  if (amounts.length === 0) return '0';
  const least = Math.min(...amounts);
  return `${least}${amounts.some((amount) => amount > least) ? '+' : ''}`;
}

/** Allocated, idle, other, in all. */
function useText(nodes: readonly NodeInfo[]): string {
  const { allocated, idle, other, total } = countNodesByUse(nodes);
  return [allocated, idle, other, total].join('/');
}

/** sinfo's own words for it. */
function timeLimit({ partition }: OfPartition): string {
  return partition.timeLimitSeconds === null ? 'infinite' : formatDuration(partition.timeLimitSeconds);
}

function featuresOf(nodes: readonly NodeInfo[]): string[] {
  return [...new Set(nodes.flatMap(({ features }) => features))];
}

/** `a100:3/8,1/2`: used and in all, by type; those without a type stand alone. */
export function gpusText(gpus: readonly GpuCount[]): string {
  return gpus.map(({ type, total, used }) => `${type === '' ? '' : `${type}:`}${used}/${total}`).join(',') || '-';
}
