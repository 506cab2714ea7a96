import { describe, expect, it } from 'vitest';
import { controlMarks, readFixture, releases } from '../../../test/support/slurm-fixtures.ts';
import type { NodeInfo } from './node-info.ts';
import { parseSinfoNodes, sinfoArgs } from './sinfo.ts';

describe.each(releases)('sinfo of %s', (release) => {
  const read = (name: string): NodeInfo[] =>
    parseSinfoNodes(readFixture(release, name), controlMarks).sort((a, b) => a.name.localeCompare(b.name));
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
    expect(maintained?.state.raw).toMatch(/^mixed\+maintenance\+reserved/);
    expect(maintained?.state.promised).toBe(['24.11', '25.11', '26.05'].includes(release));
  });
});

describe('parseSinfoNodes', () => {
  const line = (values: readonly string[]): string => `${values.join('\x1f')}\x1e\n`;
  const node = (gres: string, used: string): readonly string[] => [
    ...['n1', 'gpu*', 'idle', 'idle', '0/2K/0/2K', '4000000', 'N/A', gres, used, 'none'],
  ];
  const read = (gres: string, used: string): NodeInfo | undefined =>
    parseSinfoNodes(line(node(gres, used)), controlMarks)[0];

  it.each([
    ['(null)', '(null)', []],
    ['shard:a100:16,gpu:a100:2(S:0-1)', 'gpu:a100:0(IDX:N/A),shard:a100:0', [{ type: 'a100', total: 2, used: 0 }]],
    ['gpu:(null):4', 'gpu:(null):3(IDX:0,2-3)', [{ type: '', total: 4, used: 3 }]],
    [
      'gpu:a100:2(S:0),gpu:v100:2(S:1)',
      'gpu:a100:1(IDX:0),gpu:v100:2(IDX:0-1)',
      [
        { type: 'a100', total: 2, used: 1 },
        { type: 'v100', total: 2, used: 2 },
      ],
    ],
  ])('reads %s, of which %s', (gres, used, gpus) => expect(read(gres, used)?.gpus).toEqual(gpus));

  it('reads shortened counts, unknown ones as none, and no mark of the default partition', () => {
    expect(read('', '')).toMatchObject({
      partitions: ['gpu'],
      cpus: { total: 2_048, allocated: 0 },
      memoryMb: { total: 4_000_000, allocated: 0 },
    });
  });
});

describe('sinfoArgs', () => {
  it('asks for one line per node, because %n is the name of the host', () => {
    const args = sinfoArgs({ field: '@f@', record: '@r@' });
    expect(args.slice(0, 3)).toEqual(['-h', '-N', '-O']);
    expect(args[3]).toMatch(/^NodeList:@f@,.*,GresUsed:@f@,Reason:@r@$/);
  });
});
