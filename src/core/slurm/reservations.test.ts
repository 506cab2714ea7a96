import { expect, it } from 'vitest';
import { parseReservations } from './reservations.ts';

// As 22.05 prints them under SLURM_TIME_FORMAT=%s.
const recorded = `ReservationName=maint1 StartTime=1795647196 EndTime=1795650796 Duration=01:00:00 Nodes=c4 NodeCnt=1 CoreCnt=16 Features=(null) PartitionName=(null) Flags=MAINT,SPEC_NODES TRES=cpu=16 Users=root Groups=(null) Accounts=(null) Licenses=(null) State=ACTIVE BurstBuffer=(null) Watts=n/a MaxStartDelay=(null)
ReservationName=team StartTime=1795650855 EndTime=1827186855 Duration=365-00:00:00 Nodes=c[1-2] NodeCnt=2 CoreCnt=32 Features=(null) PartitionName=gpu Flags=OVERLAP,SPEC_NODES TRES=cpu=32 Users=(null) Groups=(null) Accounts=root,proj Licenses=(null) State=INACTIVE BurstBuffer=(null) Watts=n/a MaxStartDelay=(null)
`;

it('reads who may use which nodes, and when', () => {
  expect(parseReservations(recorded)).toEqual([
    {
      ...{ name: 'maint1', state: 'ACTIVE', startTime: 1_795_647_196, endTime: 1_795_650_796, nodes: ['c4'], cpus: 16 },
      ...{ partition: undefined, flags: ['MAINT', 'SPEC_NODES'], users: ['root'], accounts: [] },
    },
    {
      ...{ name: 'team', state: 'INACTIVE', startTime: 1_795_650_855, endTime: 1_827_186_855, nodes: ['c1', 'c2'] },
      ...{ cpus: 32, partition: 'gpu', flags: ['OVERLAP', 'SPEC_NODES'], users: [], accounts: ['root', 'proj'] },
    },
  ]);
});

it('reads that there are none', () => {
  expect(parseReservations('No reservations in the system\n')).toEqual([]);
});
