import { describe, expect, it } from 'vitest';
import { limitProblems } from './limit-problems.ts';
import { parsePartitionLimits } from './partition-limits.ts';

const partitions = parsePartitionLimits(
  [
    'PartitionName=gpu Default=YES MaxTime=UNLIMITED MaxNodes=UNLIMITED State=UP TotalNodes=2 TRES=cpu=32,gres/gpu=4,gres/gpu:a100=4',
    'PartitionName=short Default=NO MaxTime=01:00:00 MaxNodes=4 MinNodes=2 State=UP TotalNodes=8 AllowAccounts=proj DenyQos=high',
    'PartitionName=closed Default=NO MaxTime=UNLIMITED State=DOWN TotalNodes=8 RootOnly=YES',
  ].join('\n'),
);
const plain = { partition: undefined, account: undefined, qos: undefined, timeLimitSeconds: null, nodes: 1, gpus: 0 };

describe('limitProblems', () => {
  it.each([
    ['nothing special', {}, []],
    ['what the default partition has', { gpus: 4, nodes: 2 }, []],
    [
      'too much of it',
      { gpus: 5, nodes: 3 },
      [/^partition gpu: 3 nodes .* at most 2/, /^partition gpu: 5 GPUs .* has 4/],
    ],
    ['too long', { partition: 'short', timeLimitSeconds: 7_200, nodes: 2 }, [/2:00:00 are asked for, at most 1:00:00/]],
    ['too few nodes', { partition: 'short' }, [/at least 2/]],
    [
      'a wrong account',
      { partition: 'short', nodes: 2, account: 'x' },
      [/account x may not use it; allowed are: proj/],
    ],
    ['a wrong QOS', { partition: 'short', nodes: 2, account: 'proj', qos: 'high' }, [/QOS high/]],
    ['a closed partition', { partition: 'closed' }, [/only root/, /it is DOWN/]],
    ['a partition that is not there', { partition: 'gpuu' }, [/no partition `gpuu`; Did you mean `gpu`\?/]],
    ['one of two that would do', { partition: 'closed,gpu' }, []],
  ])('finds what is wrong with %s', (_, request, expected) => {
    const problems = limitProblems({ ...plain, ...request }, partitions);
    expect(problems).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) expect(problems[index]).toMatch(pattern);
  });

  it('asks for a partition where there is no default one', () => {
    expect(limitProblems(plain, partitions.slice(1))).toEqual(['there is no default partition: name one with -p']);
    expect(limitProblems(plain, [])).toEqual([]);
  });
});
