import { describe, expect, it } from 'vitest';
import { certainStates, compareStates, wasSent } from './file-states.ts';
import { NameTable } from './name-table.ts';
import { factsPerFile, type Inventory } from './read-inventory.ts';

/** Size, second and inode of each. */
function inventoryOf(files: Readonly<Record<string, readonly [number, number, number]>>): Inventory {
  const names = Object.keys(files);
  const facts = new BigInt64Array(names.length * factsPerFile);
  for (const [index, [size, second, inode]] of Object.values(files).entries()) {
    const nanoseconds = BigInt(second) * 1_000_000_000n;
    facts.set([BigInt(size), nanoseconds, nanoseconds, BigInt(inode)], index * factsPerFile);
  }
  return {
    names: NameTable.of(names),
    facts,
    modes: new Uint32Array(names.length),
    directoryModes: new Uint32Array(),
    directories: new NameTable(),
    namesHash: '',
    stateHash: undefined,
    directoriesHash: undefined,
    directoriesNs: 0n,
    bytes: 0,
    isFresh: false,
  };
}

const nothing = new Uint32Array();

/** The state after all of it has arrived. */
function sent(before: Uint32Array, inventory: Inventory, isMirror = false): Uint32Array {
  return certainStates(inventory, compareStates(before, inventory), isMirror);
}

describe('what is remembered of each file', () => {
  const one = inventoryOf({ a: [5, 100, 1], b: [5, 100, 2] });
  const other = inventoryOf({ a: [5, 100, 3], b: [5, 100, 2] });
  const longer = inventoryOf({ a: [6, 101, 1], b: [5, 100, 2] });

  it('shows which ones rsync would take for what it has sent', () => {
    const table = sent(nothing, one);
    expect(compareStates(table, one).doubtful).toEqual([]);
    expect(compareStates(table, longer).doubtful).toEqual([]);
    expect(compareStates(table, other).doubtful).toEqual(['a']);
    expect(compareStates(sent(table, other), other).doubtful).toEqual([]);
  });

  it('says so until it has arrived', () => {
    const { table } = compareStates(sent(nothing, one), other);
    expect(compareStates(table, other).doubtful).toEqual(['a']);
  });

  it('trusts nothing that an interrupted transfer may have left as it was before', () => {
    const { table } = compareStates(sent(nothing, one), longer);
    // The same for rsync as what was there before the one that has not arrived.
    expect(compareStates(table, other).doubtful).toEqual(['a']);
    expect(compareStates(sent(table, other), other).doubtful).toEqual([]);
    // To go on with it, nothing has to be read.
    expect(compareStates(table, longer).doubtful).toEqual([]);
    expect(compareStates(compareStates(table, longer).table, other).doubtful).toEqual(['a']);
  });

  it('forgets what a mirror removes, after it has', () => {
    const table = sent(nothing, one);
    const less = inventoryOf({ b: [5, 100, 2] });
    expect(compareStates(compareStates(table, less).table, other).doubtful).toEqual(['a']);
    expect(compareStates(sent(table, less), other).doubtful).toEqual(['a']);
    expect(compareStates(sent(table, less, true), other).doubtful).toEqual([]);
  });

  it('tells what was sent from what is something else', () => {
    const table = sent(nothing, one);
    expect(wasSent(table, { name: 'a', size: 5n, seconds: 100n })).toBe(true);
    expect(wasSent(table, { name: 'a', size: 5n, seconds: 101n })).toBe(false);
    expect(wasSent(table, { name: 'c', size: 5n, seconds: 100n })).toBe(false);
  });
});
