import { describe, expect, it } from 'vitest';
import { controlMarks, readFixture, releases } from '../../../test/support/slurm-fixtures.ts';
import type { NodeInfo } from './node-info.ts';
import { parseSinfo, sinfoArgs } from './sinfo.ts';

/** What the recorded `sinfo` was asked for. */
const recorded = [
  ...['NodeList', 'PartitionName', 'StateLong', 'StateComplete', 'CPUsState', 'Memory', 'AllocMem', 'Gres', 'GresUsed'],
  'Reason',
];

describe.each(releases)('sinfo of %s', (release) => {
  const read = (name: string): NodeInfo[] =>
    [...parseSinfo(readFixture(release, name), { marks: controlMarks, fields: recorded }).nodes].sort((a, b) =>
      a.name.localeCompare(b.name),
    );
  const [c1, c2, c3, c4] = read('recipe-sinfo.txt');

  it('lists every node once, with all its partitions', () => {
    expect(read('recipe-sinfo.txt').map(({ name }) => name)).toEqual(['c1', 'c2', 'c3', 'c4']);
    expect(c1?.partitions).toEqual(['gpu']);
    expect(c4?.partitions.toSorted()).toEqual(['cpu', 'scavenge', 'urgent']);
  });

  it('counts GPUs by type, used and in all', () => {
    expect(c1?.gpus).toEqual([{ type: 'a100', total: 2, used: 2 }]);
    expect(c2?.gpus).toEqual([{ type: 'a100', total: 2, used: 2 }]);
    expect(c3?.gpus).toEqual([{ type: '', total: 2, used: 2 }]);
    expect(c4?.gpus).toEqual([{ type: 'v100', total: 2, used: 1 }]);
  });

  it('reads CPUs and memory', () => {
    for (const node of [c1, c2, c3, c4]) {
      expect(node).toMatchObject({ cpus: { total: 16 }, memoryMb: { total: 32_000, allocated: 0 } });
      expect(node?.cpus.allocated).toBeGreaterThan(0);
      expect(node?.state).toMatchObject({ class: 'mixed', wakeUp: false, promised: false });
      expect(node).not.toHaveProperty('reason');
    }
  });

  it('sees which nodes are out of use, and why', () => {
    const [draining, silent, down, maintained] = read('nodes-recipe-sinfo.txt');
    for (const node of [draining, silent, down, maintained]) expect(node?.state.class).toBe('unavailable');
    expect(draining?.reason).toBe('bad | "fan" #7');
    expect(silent?.state.raw).toContain('not_responding');
    // On 25.11 the recording was made before the node was seen to be down.
    expect(down?.reason).toBe(release === '25.11' ? undefined : 'power  supply');
    expect([draining, silent].map((node) => node?.state.word)).toEqual(['draining', 'mixed*']);
    expect(silent?.state.flags).toEqual(['not_responding']);
    expect(maintained?.state.raw).toMatch(/^mixed\+maintenance\+reserved/);
    expect(maintained?.state.promised).toBe(['24.11', '25.11', '26.05'].includes(release));
  });
});

describe('parseSinfo', () => {
  const line = (values: Readonly<Record<string, string>>): string =>
    `${Object.values({ ...usual, ...values }).join('\x1f')}\x1e\n`;
  const usual = {
    ...{ NodeList: 'n1', Partition: 'gpu*', Available: 'up', Time: '1-00:00:00', Size: '1-infinite', Root: 'no' },
    ...{ OverSubscribe: 'NO', Groups: 'all', StateLong: 'idle', StateComplete: 'idle', CPUsState: '0/2K/0/2K' },
    ...{ CPUsLoad: '0.25', Memory: '4000000', AllocMem: 'N/A', FreeMem: '3900', Gres: '(null)', GresUsed: '(null)' },
    ...{ features_act: 'a100,ib', Weight: '3', TimeStamp: '1795471002', User: 'root', Reason: 'none' },
  };
  const read = (...rows: readonly Readonly<Record<string, string>>[]) =>
    parseSinfo(rows.map(line).join(''), { marks: controlMarks });
  const node = (values: Readonly<Record<string, string>>): NodeInfo | undefined => read(values).nodes[0];

  it.each([
    ['(null)', '(null)', [], []],
    [
      'shard:a100:16,gpu:a100:2(S:0-1)',
      'gpu:a100:0(IDX:N/A),shard:a100:3(0/8,3/8)',
      [{ type: 'a100', total: 2, used: 0 }],
      [{ name: 'shard', type: 'a100', total: 16, used: 3 }],
    ],
    ['gpu:(null):4', 'gpu:(null):3(IDX:0,2-3)', [{ type: '', total: 4, used: 3 }], []],
    [
      'gpu:a100:2(S:0),gpu:v100:2(S:1),mps:400',
      'gpu:a100:1(IDX:0),gpu:v100:2(IDX:0-1),mps:100',
      [
        { type: 'a100', total: 2, used: 1 },
        { type: 'v100', total: 2, used: 2 },
      ],
      [{ name: 'mps', type: '', total: 400, used: 100 }],
    ],
  ])('reads %s, of which %s', (gres, used, gpus, shared) =>
    expect(node({ Gres: gres, GresUsed: used })).toMatchObject({ gpus, shared }),
  );

  it('reads shortened counts, and unknown ones as none', () => {
    expect(node({})).toMatchObject({
      cpus: { total: 2_048, allocated: 0, idle: 2_048 },
      memoryMb: { total: 4_000_000, allocated: 0, free: 3_900 },
      load: 0.25,
      features: ['a100', 'ib'],
      weight: 3,
    });
    expect(node({ FreeMem: 'N/A', CPUsLoad: 'N/A', features_act: '(null)' })).toMatchObject({ features: [] });
    expect(node({ FreeMem: 'N/A', CPUsLoad: 'N/A' })).not.toHaveProperty('load');
  });

  it('says why a node is out of use, who said so and when; nothing of that for others', () => {
    expect(node({})).not.toHaveProperty('reasonUser');
    expect(node({ Reason: 'bad\x1ffan|' })).toMatchObject({
      reason: 'bad\x1ffan|',
      reasonUser: 'root',
      reasonTime: 1_795_471_002,
    });
    expect(node({ Reason: 'x', User: 'Unknown', TimeStamp: 'Unknown' })).not.toHaveProperty('reasonTime');
  });

  it('has every partition once, in their order, and every node once', () => {
    const { partitions, nodes } = read(
      { NodeList: 'n1' },
      { NodeList: 'n2', StateLong: 'down*', StateComplete: 'down+not_responding' },
      { NodeList: 'n1', Partition: 'all', Available: 'drain', Time: 'infinite', Groups: 'a,b', Root: 'yes' },
    );
    expect(partitions).toEqual([
      {
        ...{
          name: 'gpu',
          isDefault: true,
          up: true,
          availability: 'up',
          timeLimitSeconds: 86_400,
          nodes: ['n1', 'n2'],
        },
        ...{ jobSize: '1-infinite', rootOnly: false, overSubscribe: 'NO' },
      },
      {
        ...{ name: 'all', isDefault: false, up: false, availability: 'drain', timeLimitSeconds: null, nodes: ['n1'] },
        ...{ jobSize: '1-infinite', rootOnly: true, overSubscribe: 'NO', groups: ['a', 'b'] },
      },
    ]);
    expect(nodes.map(({ name, partitions: of }) => [name, of])).toEqual([
      ['n1', ['gpu', 'all']],
      ['n2', ['gpu']],
    ]);
  });
});

describe('sinfoArgs', () => {
  it('asks for one line per node, because %n is the name of the host', () => {
    const args = sinfoArgs({ field: '@f@', record: '@r@' });
    expect(args.slice(0, 5)).toEqual(['-h', '-N', '-S', '#P,N', '-O']);
    expect(args[5]).toMatch(/^NodeList:@f@,.*,GresUsed:@f@,.*,Reason:@r@$/);
  });
});
