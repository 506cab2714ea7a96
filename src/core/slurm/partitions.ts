import { parseTimeLimitOutput } from './duration.ts';
import { type Marks, markFields, splitRecords } from './marked-text.ts';
import type { PartitionInfo } from './node-info.ts';
import { expandNodeList } from './node-list.ts';

const fields = ['Partition', 'Available', 'Time', 'NodeList'];

/** One line per partition and node state; the default partition's name ends with `*`. */
export function partitionArgs(marks: Marks): string[] {
  return ['-h', '-O', markFields(fields, marks)];
}

export function parsePartitions(text: string, marks: Marks): PartitionInfo[] {
  const partitions = new Map<string, PartitionInfo>();
  for (const values of splitRecords(text, { marks, count: fields.length })) {
    const [label = '', available = '', limit = '', nodeList = ''] = values;
    const name = label.replace(/\*$/, '');
    const known = partitions.get(name);
    partitions.set(name, {
      name,
      isDefault: label.endsWith('*'),
      up: available === 'up',
      timeLimitSeconds: parseTimeLimitOutput(limit) ?? null,
      nodes: [...(known?.nodes ?? []), ...expandNodeList(nodeList)],
    });
  }
  return [...partitions.values()];
}
