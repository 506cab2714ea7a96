import { describe, expect, it } from 'vitest';
import { readFixture, releases } from '../../../test/support/slurm-fixtures.ts';
import { parsePartitionLimits } from './partition-limits.ts';

describe.each(releases)('partitions of %s', (release) => {
  const partitions = parsePartitionLimits(readFixture(release, 'scontrol-partition-o.txt'));

  it('allow what the configuration says', () => {
    expect(
      partitions.map(({ name, maxTimeSeconds, defaultTimeSeconds }) => [name, maxTimeSeconds, defaultTimeSeconds]),
    ).toEqual([
      ['gpu', null, null],
      ['cpu', 7 * 86_400, 3_600],
      ['urgent', 3_600, null],
      ['scavenge', null, null],
    ]);
    expect(partitions[0]).toMatchObject({
      ...{ isDefault: true, state: 'UP', minNodes: 0, maxNodes: null, maxCpusPerNode: null, maxMemoryMbPerNode: null },
      ...{ allowAccounts: [], denyAccounts: [], allowQos: [], qos: null, rootOnly: false, needsReservation: false },
      ...{ totalNodes: 2, totalCpus: 32, gpus: new Map([['a100', 4]]) },
    });
    expect(partitions[1]?.gpus).toEqual(
      new Map([
        ['', 2],
        ['v100', 2],
      ]),
    );
  });
});

it('reads limits of every kind', () => {
  const [partition] = parsePartitionLimits(
    'PartitionName=big AllowGroups=hpc,ml DenyAccounts=guests AllowQos=normal,high Default=NO QoS=part_big ' +
      'DefaultTime=00:30:00 MaxNodes=16 MaxTime=1-12:00:00 MinNodes=2 MaxCPUsPerNode=32 RootOnly=YES ReqResv=YES State=DRAIN ' +
      'TotalCPUs=512 TotalNodes=16 DefMemPerCPU=4000 MaxMemPerNode=512000 TRES=(null)\n',
  );
  expect(partition).toEqual({
    ...{ name: 'big', isDefault: false, state: 'DRAIN', maxTimeSeconds: 129_600, defaultTimeSeconds: 1_800 },
    ...{ minNodes: 2, maxNodes: 16, maxCpusPerNode: 32, maxMemoryMbPerNode: 512_000, maxMemoryMbPerCpu: null },
    ...{ defaultMemoryMbPerNode: null, defaultMemoryMbPerCpu: 4_000, allowAccounts: [], denyAccounts: ['guests'] },
    ...{ allowQos: ['normal', 'high'], denyQos: [], allowGroups: ['hpc', 'ml'], qos: 'part_big', rootOnly: true },
    ...{ needsReservation: true, totalNodes: 16, totalCpus: 512, gpus: new Map() },
  });
  expect(parsePartitionLimits('No partitions in the system\n')).toEqual([]);
});
