import { type Marks, markFields, splitRecords } from './marked-text.ts';
import type { NodeInfo } from './node-info.ts';
import { expandNodeList } from './node-list.ts';
import { parseNodeState } from './node-state.ts';
import { gpusByType, parseCount } from './tres.ts';

const fields = [
  'NodeList',
  'PartitionName',
  'StateLong',
  'StateComplete',
  'CPUsState',
  'Memory',
  'AllocMem',
  'Gres',
  'GresUsed',
  'Reason',
] as const;

/** One line per node and partition: `%n` would be the host's name, and hosts may run several nodes. */
export function sinfoArgs(marks: Marks): string[] {
  return ['-h', '-N', '-O', markFields(fields, marks)];
}

/** Every node once, with all its partitions. */
export function parseSinfoNodes(text: string, marks: Marks): NodeInfo[] {
  const nodes = new Map<string, NodeInfo>();
  for (const values of splitRecords(text, { marks, count: fields.length })) {
    const [list = '', partition = ''] = values;
    for (const name of expandNodeList(list)) {
      const known = nodes.get(name);
      const partitions = [...(known?.partitions ?? []), partitionName(partition)];
      nodes.set(name, known === undefined ? readNode(name, values) : { ...known, partitions });
    }
  }
  return [...nodes.values()];
}

function readNode(name: string, values: readonly string[]): NodeInfo {
  const field = (wanted: (typeof fields)[number]): string => values[fields.indexOf(wanted)] ?? '';
  const [allocated = 0, , , total = 0] = field('CPUsState').split('/').map(countOf);
  const reason = field('Reason');
  return {
    name,
    partitions: [partitionName(field('PartitionName'))],
    state: parseNodeState(field('StateComplete')),
    cpus: { total, allocated },
    memoryMb: { total: countOf(field('Memory')), allocated: countOf(field('AllocMem')) },
    gpus: gpusOf(field('Gres'), field('GresUsed')),
    ...(reason === '' || reason === 'none' ? {} : { reason }),
  };
}

/** The default partition's name ends with `*` in some of sinfo's fields. */
function partitionName(label: string): string {
  return label.replace(/\*$/, '');
}

function countOf(text: string): number {
  return parseCount(text) ?? 0;
}

function gpusOf(gres: string, used: string): NodeInfo['gpus'] {
  const inUse = gpusByType(used);
  return [...gpusByType(gres)].map(([type, total]) => ({ type, total, used: inUse.get(type) ?? 0 }));
}
