import { describe, expect, it } from 'vitest';
import { controlMarks, readFixture, releases } from '../../../test/support/slurm-fixtures.ts';
import { partitionRows, partitionSummaries, reasonRows, sumCpus, sumGpus } from './partition-rows.ts';
import { parseSinfo } from './sinfo.ts';

const fields = [
  ...['NodeList', 'PartitionName', 'StateLong', 'StateComplete', 'CPUsState', 'Memory', 'AllocMem', 'Gres', 'GresUsed'],
  'Reason',
];

describe.each(releases)('the partitions of %s', (release) => {
  const read = (name: string) => parseSinfo(readFixture(release, name), { marks: controlMarks, fields });
  const inventory = read('nodes-recipe-sinfo.txt');

  it('have one row per state', () => {
    const rows = partitionRows(inventory).map(({ partition, state, nodes }) => [
      `${partition.name} ${state?.word}`,
      nodes.map(({ name }) => name).join(','),
    ]);
    expect(Object.fromEntries(rows)).toMatchObject({
      'gpu draining': 'c1',
      'gpu mixed*': 'c2',
      'cpu mixed$': 'c4',
      'urgent mixed$': 'c4',
    });
  });

  it('are summed up as allocated, idle, other and total', () => {
    const busy = read('recipe-sinfo.txt');
    const [gpu] = partitionSummaries(busy).filter(({ partition }) => partition.name === 'gpu');
    expect(gpu?.counts).toEqual({ allocated: 2, idle: 0, other: 0, total: 2 });
    expect(sumGpus(gpu?.nodes ?? [])).toEqual([{ type: 'a100', total: 4, used: 4 }]);
    expect(sumCpus(busy.nodes)).toMatchObject({ other: 0, total: 64 });
    const out = partitionSummaries(inventory).find(({ partition }) => partition.name === 'cpu');
    expect(out?.counts).toEqual({ allocated: 0, idle: 0, other: 2, total: 2 });
  });

  it('have their reasons', () => {
    const reasons = reasonRows(inventory.nodes).map(({ reason, nodes }) => [reason, nodes.map(({ name }) => name)]);
    expect(reasons).toContainEqual(['bad | "fan" #7', ['c1']]);
  });
});

describe('partitionRows', () => {
  it('has a row for a partition without nodes', () => {
    const partition = {
      name: 'empty',
      isDefault: false,
      up: true,
      availability: 'up',
      timeLimitSeconds: 60,
      nodes: [],
    };
    expect(partitionRows({ partitions: [partition], nodes: [] })).toEqual([{ partition, state: undefined, nodes: [] }]);
  });
});
