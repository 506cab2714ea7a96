import { type Marks, markFields, splitRecords } from './marked-text.ts';
import type { NodeInfo } from './node-info.ts';
import { expandNodeList } from './node-list.ts';
import { parseNodeState } from './node-state.ts';
import { parseGres } from './tres.ts';

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
];

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
      const partitions = [...(known?.partitions ?? []), partition.replace(/\*$/, '')];
      nodes.set(name, known === undefined ? readNode(name, values) : { ...known, partitions });
    }
  }
  return [...nodes.values()];
}

function readNode(name: string, values: readonly string[]): NodeInfo {
  const [
    ,
    partition = '',
    ,
    state = '',
    cpuState = '',
    memory = '',
    allocated = '',
    gres = '',
    used = '',
    reason = '',
  ] = values;
  const [cpusAllocated = 0, , , cpusTotal = 0] = cpuState.split('/').map(Number);
  return {
    name,
    partitions: [partition.replace(/\*$/, '')],
    state: parseNodeState(state),
    cpus: { total: cpusTotal, allocated: cpusAllocated },
    memoryMb: { total: Number(memory) || 0, allocated: Number(allocated) || 0 },
    gpus: gpusOf(gres, used),
    ...(reason === '' || reason === 'none' ? {} : { reason }),
  };
}

function gpusOf(gres: string, used: string): NodeInfo['gpus'] {
  const byType = new Map<string, { type: string; total: number; used: number }>();
  for (const { name, type, count } of parseGres(gres)) {
    if (name !== 'gpu') continue;
    const known = byType.get(type);
    byType.set(type, { type, total: (known?.total ?? 0) + count, used: 0 });
  }
  for (const { name, type, count } of parseGres(used)) {
    const known = name === 'gpu' ? byType.get(type) : undefined;
    if (known !== undefined) known.used += count;
  }
  return [...byType.values()];
}
