import { describe, expect, it } from 'vitest';
import type { Inventory, NodeInfo } from '../core/slurm/node-info.ts';
import { parseNodeState } from '../core/slurm/node-state.ts';
import { filterInventory, parseNodeStates } from './list-inventory.ts';

function node(name: string, state: string, partitions: readonly string[]): NodeInfo {
  const amounts = { cpus: { total: 1, allocated: 0, idle: 1 }, memoryMb: { total: 1, allocated: 0 } };
  return { name, partitions, state: parseNodeState(state), ...amounts, gpus: [], shared: [], features: [] };
}

const partition = { isDefault: false, up: true, availability: 'up', timeLimitSeconds: null };
const all: Inventory = {
  partitions: [
    { ...partition, name: 'a', nodes: ['n1', 'n2'] },
    { ...partition, name: 'b', nodes: ['n2', 'n3'] },
  ],
  nodes: [node('n1', 'idle', ['a']), node('n2', 'mixed', ['a', 'b']), node('n3', 'down+not_responding', ['b'])],
};

describe('filterInventory', () => {
  it.each([
    ['everything', {}, { a: 'n1,n2', b: 'n2,n3' }],
    ['a partition', { partitions: ['b'] }, { b: 'n2,n3' }],
    ['nodes', { nodes: ['n[1,3]'] }, { a: 'n1', b: 'n3' }],
    ['a node of a partition', { partitions: ['b'], nodes: ['n2'] }, { b: 'n2' }],
    ['states', { states: ['mixed', 'down'] }, { a: 'n2', b: 'n2,n3' }],
    ['what responds', { responding: true }, { a: 'n1,n2', b: 'n2' }],
    ['what does not', { responding: false }, { b: 'n3' }],
  ])('keeps %s', (_, filter, expected) => {
    const { partitions, nodes } = filterInventory(all, { target: 'local', partitions: [], ...filter });
    expect(Object.fromEntries(partitions.map(({ name, nodes: members }) => [name, members.join(',')]))).toEqual(
      expected,
    );
    const names = [...new Set(Object.values(expected).flatMap((list) => list.split(',')))].sort();
    expect(nodes.map(({ name }) => name)).toEqual(names);
  });

  it('does not know what is not there', () => {
    const filter = { target: 'local' as const, partitions: [] };
    expect(() => filterInventory(all, { ...filter, partitions: ['c'] })).toThrow(/no partition `c`/);
    expect(() => filterInventory(all, { ...filter, nodes: ['n[3-4]'] })).toThrow(/no node `n4`/);
  });
});

describe('parseNodeStates', () => {
  it('takes words in any case, and refuses others', () => {
    expect(parseNodeStates(['IDLE', 'drng', 'not_responding', 'unavailable'])).toEqual([
      ...['idle', 'drng', 'not_responding', 'unavailable'],
    ]);
    expect(() => parseNodeStates(['idel'])).toThrow(/`idel` is not a state of a node/);
  });
});
