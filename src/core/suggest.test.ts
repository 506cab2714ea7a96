import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from './suggest.ts';

const keys = ['nodes', 'ntasks', 'gpus', 'gpus_per_node', 'ntasks_per_node', 'memory_per_node', 'time_limit', 'qos'];

describe('nearest', () => {
  it.each([
    ['gpu', 'gpus'],
    ['gpu_per_node', 'gpus_per_node'],
    ['gpus-per-node', 'gpus_per_node'],
    ['GPUS', 'gpus'],
    ['tiem_limit', 'time_limit'],
    ['timelimit', 'time_limit'],
    ['memroy_per_nod', 'memory_per_node'],
    ['ndoes', 'nodes'],
    ['nodes', 'nodes'],
    ['mem', 'memory_per_node'],
    ['gpusper', 'gpus_per_node'],
  ])('%s means %s', (word, meant) => expect(nearest(word, keys)).toBe(meant));

  it.each(['', 'x', 'zzz', 'partition', 'n', '日本語', 'n'.repeat(100_000)])('%.20s means nothing known', (word) => {
    expect(nearest(word, keys)).toBeUndefined();
  });

  it('prefers the first of equally close candidates, and the closer one wherever it stands', () => {
    expect(nearest('cat', ['bat', 'rat'])).toBe('bat');
    expect(nearest('mem-per-cp', ['mem-per-gpu', 'mem-per-cpu'])).toBe('mem-per-cpu');
  });

  it('finds nothing among nothing', () => expect(nearest('nodes', [])).toBeUndefined());
});

describe('didYouMean', () => {
  it('is a question', () => expect(didYouMean('ndoes', keys)).toBe('Did you mean `nodes`?'));
  it('is nothing where nothing is close', () => expect(didYouMean('zzz', keys)).toBeUndefined());
});
