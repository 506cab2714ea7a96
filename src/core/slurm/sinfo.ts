import { parseTimeLimitOutput } from './duration.ts';
import { type Marks, markFields, splitRecords } from './marked-text.ts';
import type { GpuCount, Inventory, NodeInfo, PartitionInfo, SharedGpuCount } from './node-info.ts';
import { expandNodeList } from './node-list.ts';
import { parseNodeState } from './node-state.ts';
import { parseEpoch } from './timestamp.ts';
import { type GresEntry, gpusByType, parseCount, parseGres } from './tres.ts';

/** What is asked of sinfo, in this order. Free text stands last. */
export const sinfoFields = [
  'NodeList',
  'Partition',
  'Available',
  'Time',
  'Size',
  'Root',
  'OverSubscribe',
  'Groups',
  'StateLong',
  'StateComplete',
  'CPUsState',
  'CPUsLoad',
  'Memory',
  'AllocMem',
  'FreeMem',
  'Gres',
  'GresUsed',
  'features_act',
  'Weight',
  'TimeStamp',
  'User',
  'Reason',
] as const;
type SinfoField = (typeof sinfoFields)[number];

/**
 * Arguments of the one question about nodes and partitions: one line per node and partition, partitions in the order of the
 * configuration. Without `-N` sinfo would fold equal nodes, and `%n` would be the host's name, and hosts may run several nodes.
 */
export function sinfoArgs(marks: Marks): string[] {
  return ['-h', '-N', '-S', '#P,N', '-O', markFields(sinfoFields, marks)];
}

/**
 * Reads the answer to {@link sinfoArgs}, or to the same question about other `fields`: every node once, with all its
 * partitions.
 */
export function parseSinfo(
  text: string,
  { marks, fields = sinfoFields }: { readonly marks: Marks; readonly fields?: readonly string[] },
): Inventory {
  const nodes = new Map<string, NodeInfo & { readonly partitions: string[] }>();
  const partitions = new Map<string, PartitionInfo & { readonly nodes: string[] }>();
  for (const values of splitRecords(text, { marks, count: fields.length })) {
    const field = (name: SinfoField | 'PartitionName'): string => values[fields.indexOf(name)] ?? '';
    const label = field('Partition') || field('PartitionName');
    // The default partition's name ends with `*`; a partition's own name never does.
    const partition = label.replace(/\*$/, '');
    const members = partitions.get(partition) ?? readPartition(partition, { label, field });
    partitions.set(partition, members);
    for (const name of expandNodeList(field('NodeList'))) {
      members.nodes.push(name);
      const known = nodes.get(name);
      if (known === undefined) nodes.set(name, { ...readNode(name, field), partitions: [partition] });
      else known.partitions.push(partition);
    }
  }
  return { partitions: [...partitions.values()], nodes: [...nodes.values()] };
}

type ReadField = (name: SinfoField) => string;

function readPartition(
  name: string,
  { label, field }: { readonly label: string; readonly field: ReadField },
): PartitionInfo & { readonly nodes: string[] } {
  const groups = field('Groups');
  return {
    name,
    isDefault: label.endsWith('*'),
    up: field('Available') === 'up',
    availability: field('Available'),
    timeLimitSeconds: parseTimeLimitOutput(field('Time')) ?? null,
    nodes: [],
    ...(field('Size') === '' ? {} : { jobSize: field('Size') }),
    ...(field('Root') === '' ? {} : { rootOnly: field('Root') === 'yes' }),
    ...(field('OverSubscribe') === '' ? {} : { overSubscribe: field('OverSubscribe') }),
    ...(groups === '' || groups === 'all' ? {} : { groups: groups.split(',') }),
  };
}

function readNode(name: string, field: ReadField): Omit<NodeInfo, 'partitions'> {
  const [allocated = 0, idle = 0, , total = 0] = field('CPUsState').split('/').map(countOf);
  const free = parseCount(field('FreeMem'));
  const weight = parseCount(field('Weight'));
  const load = Number.parseFloat(field('CPUsLoad'));
  return {
    name,
    state: parseNodeState(field('StateComplete'), field('StateLong')),
    cpus: { total, allocated, idle },
    memoryMb: {
      total: countOf(field('Memory')),
      allocated: countOf(field('AllocMem')),
      ...(free === undefined ? {} : { free }),
    },
    gpus: gpusOf(field('Gres'), field('GresUsed')),
    shared: sharedOf(field('Gres'), field('GresUsed')),
    features: listOf(field('features_act')),
    ...(Number.isNaN(load) ? {} : { load }),
    ...(weight === undefined ? {} : { weight }),
    ...reasonOf(field),
  };
}

/** Who and when are told of a node without a reason, too: `Unknown`. */
function reasonOf(field: ReadField): Pick<NodeInfo, 'reason' | 'reasonUser' | 'reasonTime'> {
  const reason = field('Reason');
  if (reason === '' || reason === 'none') return {};
  const time = parseEpoch(field('TimeStamp'));
  const user = field('User');
  return {
    reason,
    ...(user === '' || user === 'Unknown' ? {} : { reasonUser: user }),
    ...(time === undefined ? {} : { reasonTime: time }),
  };
}

function listOf(text: string): string[] {
  return text === '' || text === '(null)' ? [] : text.split(',');
}

function countOf(text: string): number {
  return parseCount(text) ?? 0;
}

function gpusOf(gres: string, used: string): GpuCount[] {
  const inUse = gpusByType(used);
  return [...gpusByType(gres)].map(([type, total]) => ({ type, total, used: inUse.get(type) ?? 0 }));
}

const sharedNames = ['shard', 'mps'];

function sharedOf(gres: string, used: string): SharedGpuCount[] {
  if (!/\b(?:shard|mps)\b/.test(gres)) return [];
  const inUse = parseGres(used);
  const counts = new Map<string, SharedGpuCount>();
  for (const { name, type, count } of parseGres(gres)) {
    if (!sharedNames.includes(name)) continue;
    const key = `${name}:${type}`;
    const total = count + (counts.get(key)?.total ?? 0);
    counts.set(key, { name, type, total, used: sumOf(inUse, { name, type }) });
  }
  return [...counts.values()];
}

function sumOf(entries: readonly GresEntry[], wanted: Pick<GresEntry, 'name' | 'type'>): number {
  return entries
    .filter(({ name, type }) => name === wanted.name && type === wanted.type)
    .reduce((sum, { count }) => sum + count, 0);
}
