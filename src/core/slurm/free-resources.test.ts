import { describe, expect, it } from 'vitest';
import { findAllResources, findFreeResources, type WantedResources } from './free-resources.ts';
import type { Inventory, NodeInfo } from './node-info.ts';
import { parseNodeState } from './node-state.ts';

function node(
  name: string,
  facts: { state?: string; cpus?: readonly [number, number]; gpus?: readonly [number, number]; type?: string },
): NodeInfo {
  const { state = 'mixed', cpus: [used, idle] = [4, 4], gpus: [total, inUse] = [4, 2], type = 'a100' } = facts;
  return {
    ...{ name, partitions: ['p'], state: parseNodeState(state), shared: [], features: [] },
    cpus: { total: used + idle, allocated: used, idle },
    memoryMb: { total: 1_000, allocated: 400 },
    gpus: total === 0 ? [] : [{ type, total, used: inUse }],
  };
}

function inventory(nodes: readonly NodeInfo[], up = true): Inventory {
  const names = nodes.map(({ name }) => name);
  const facts = { isDefault: true, availability: up ? 'up' : 'down', timeLimitSeconds: null };
  return { partitions: [{ name: 'p', up, nodes: names, ...facts }], nodes };
}

describe('findFreeResources', () => {
  const two = inventory([node('n1', {}), node('n2', {})]);

  it.each<[string, WantedResources, boolean]>([
    ['all together', { gpus: 4 }, true],
    ['more than all together', { gpus: 5 }, false],
    ['of the right type', { gpus: 4, gpuType: 'a100' }, true],
    ['of another type', { gpus: 1, gpuType: 'v100' }, false],
    ['on one node', { gpus: 2, nodes: 1 }, true],
    ['that no single node has', { gpus: 3, nodes: 1 }, false],
    ['on each of two nodes', { gpus: 2, cpus: 4, memoryMb: 600, nodes: 2 }, true],
    ['on more nodes than there are', { gpus: 2, nodes: 3 }, false],
    ['memory that no node has', { memoryMb: 601, nodes: 1 }, false],
    ['idle nodes, of which there are none', { nodes: 1 }, false],
  ])('finds %s', (_, wanted, reached) => expect(findFreeResources(two, wanted).reached).toBe(reached));

  it.each([
    ['drained', inventory([node('n1', { state: 'idle+drain' })])],
    ['not responding', inventory([node('n1', { state: 'idle*' })])],
    ['reserved', inventory([node('n1', { state: 'reserved' })])],
    ['without a CPU left', inventory([node('n1', { state: 'allocated', cpus: [8, 0] })])],
    ['in a partition that is down', inventory([node('n1', {})], false)],
  ])('finds nothing on nodes that are %s', (_, machines) =>
    expect(findFreeResources(machines, { gpus: 1 })).toEqual({
      ...{ reached: false, gpus: 0, cpus: 0, memoryMb: 0, nodes: [] },
    }),
  );

  it('counts a powered down node, which starts on demand', () => {
    const sleeping = inventory([node('n1', { state: 'idle~', cpus: [0, 8], gpus: [4, 0] })]);
    expect(findFreeResources(sleeping, { nodes: 1 })).toMatchObject({ reached: true, nodes: ['n1'] });
  });

  it('names the nodes, and what the best of them has', () => {
    const uneven = inventory([node('n1', { gpus: [8, 1] }), node('n2', {}), node('n3', { gpus: [0, 0] })]);
    expect(findFreeResources(uneven, { gpus: 3, nodes: 1 })).toMatchObject({ gpus: 7, nodes: ['n1'] });
    expect(findFreeResources(uneven, { gpus: 3 })).toMatchObject({ gpus: 9, nodes: ['n1', 'n2'] });
  });
});

describe('findAllResources', () => {
  it('has everything, whoever uses it and whatever is down', () => {
    const down = inventory([node('n1', { state: 'down*', cpus: [8, 0] }), node('n2', { gpus: [4, 4] })], false);
    expect(findAllResources(down, { gpus: 8 })).toMatchObject({ reached: true, gpus: 8, cpus: 16 });
    expect(findAllResources(down, { gpus: 5, nodes: 1 }).reached).toBe(false);
  });
});
