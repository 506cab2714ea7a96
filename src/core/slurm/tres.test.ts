import { describe, expect, it } from 'vitest';
import { countGpus, gpusByType, parseCount, parseGres } from './tres.ts';

describe('countGpus', () => {
  it.each([
    // Requests without a number.
    ['gpu', 1],
    ['gres:gpu', 1],
    ['gres/gpu', 1],
    ['gpu:a100', 1],
    // sinfo and scontrol.
    ['gpu:4', 4],
    ['gpu:a100:4', 4],
    ['gpu:a100:4(S:0-1)', 4],
    ['gpu:a100:4(IDX:0-3)', 4],
    ['gpu:a100:0(IDX:N/A)', 0],
    ['gpu:(null):2(IDX:0-1)', 2],
    // Per node, up to 23.02 and from 23.11.
    ['gres:gpu:a100:2', 2],
    ['gres/gpu:a100:2', 2],
    // Totals.
    ['gres/gpu=8', 8],
    ['gres/gpu:a100=8', 8],
    ['billing=4,cpu=4,gres/gpu:a100=4,gres/gpu=4,node=2', 4],
    ['cpu=4,node=2,billing=4,gres/gpu=4,gres/gpu:a100=4', 4],
    ['cpu=2,gres/gpu=4,gres/gpu:a100=4', 4],
    ['gres/gpu:a100=2,gres/gpu:v100=2', 4],
    ['cpu=32,mem=62.50G,node=2,billing=32,gres/gpu=4,gres/gpu:v100=2', 4],
    // Mixed nodes.
    ['gpu:a100:2(S:0),gpu:v100:2(S:1)', 4],
    ['gpu:a100:3(IDX:0,2-3)', 3],
    ['gpu:a100:3(IDX:0,2-3),gpu:v100:1(IDX:5)', 4],
    // Options, slices, suffixes.
    ['gpu:rtx_3090:no_consume:4', 4],
    ['gpu:1g.5gb:7', 7],
    ['gpu:1g.5gb', 1],
    ['gpu:4K', 4_096],
    // Shared GPUs are none.
    ['shard:a100:16', 0],
    ['gres/shard=2', 0],
    ['mps:400', 0],
    // Other things.
    ['gres/gpumem=80G,gres/gpuutil=30', 0],
    ['craynetwork:4', 0],
    ['(null)', 0],
    ['N/A', 0],
    ['', 0],
    ['cpu=2,mem=4G,node=1', 0],
    ['cpu:2', 0],
    ['constructor:2,gpu:1', 1],
  ])('%s: %i', (text, count) => expect(countGpus(text)).toBe(count));
});

describe('gpusByType', () => {
  it.each([
    ['gres/gpu=4,gres/gpu:a100=4', { a100: 4 }],
    ['gres/gpu=4,gres/gpu:v100=2', { v100: 2, '': 2 }],
    ['gpu:2', { '': 2 }],
    ['gpu:1,gpu:a100:2', { '': 1, a100: 2 }],
    ['gpu:1g.5gb:7,gpu:2g.10gb:1', { '1g.5gb': 7, '2g.10gb': 1 }],
    ['gpu:rtx_3090:no_consume:4', { rtx_3090: 4 }],
    ['shard:4', {}],
  ])('%s: %j', (text, types) => expect(Object.fromEntries(gpusByType(text))).toEqual(types));
});

describe('parseGres', () => {
  it('keeps shards and which ones are in use', () => {
    expect(parseGres('shard:a100:16(3/8,4/8),gpu:a100:3(IDX:0,2-3),mps:400,cpu=2')).toEqual([
      { name: 'shard', type: 'a100', count: 16 },
      { name: 'gpu', type: 'a100', count: 3, index: '0,2-3' },
      { name: 'mps', type: '', count: 400 },
    ]);
  });
});

describe('parseCount', () => {
  it.each([
    ['12', 12],
    ['4K', 4_096],
    ['1m', 1_048_576],
    ['0', 0],
    ['', undefined],
    ['-1', undefined],
    ['1.5K', undefined],
    ['K', undefined],
    ['１２', undefined],
  ])('%s: %s', (text, count) => expect(parseCount(text)).toBe(count));
});
