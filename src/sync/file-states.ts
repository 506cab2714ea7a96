import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../shell/disk.ts';
import { randomHex } from '../shell/random-bytes.ts';
import { factsPerFile, type Inventory, secondsOf } from './read-inventory.ts';

/**
 * What is remembered of each file that was ever sent, so that nothing escapes rsync, which compares size and second alone: a file in whose
 * place another one of the same size and second was moved, or that was changed with its time kept. Of each, three numbers:
 * its name, what rsync compares, and all the rest by which a change is seen.
 */
export interface FileStates {
  readonly table: Uint32Array;
  /** Names, escaped, of files that rsync would take for what it has sent, and that are something else. */
  readonly doubtful: readonly string[];
}

const columns = 4;

/** Of a file of which it is not known whether this state of it has arrived. */
const uncertain = 0;

/** Before a transfer; `isMirror`: what is not here any more is not there either. */
export function compareStates(before: Uint32Array, inventory: Inventory, isMirror: boolean): FileStates {
  const { names, facts } = inventory;
  const places = new Map<number, number>();
  for (let at = 0; at < before.length; at += columns) places.set(numberAt(before, at), at);
  const table = new Uint32Array(before.length + names.length * columns);
  const doubtful: string[] = [];
  let end = 0;
  for (const [index, name] of names.entries()) {
    const [size, changed = 0n, ...rest] = facts.subarray(index * factsPerFile, (index + 1) * factsPerFile);
    const [high, low] = hashText(name);
    const key = high * 2 ** 32 + low;
    const [, quick] = hashText(`${size} ${secondsOf(changed)}`);
    const [, full] = hashText(`${changed} ${rest.join(' ')}`);
    const known = places.get(key);
    const isDoubtful = known !== undefined && before[known + 2] === quick && before[known + 3] !== (full || 1);
    if (isDoubtful) doubtful.push(name);
    places.delete(key);
    table.set([high, low, quick, isDoubtful ? uncertain : full || 1], end);
    end += columns;
  }
  // These are still there.
  if (!isMirror) {
    for (const at of places.values()) {
      table.set(before.subarray(at, at + columns), end);
      end += columns;
    }
  }
  return { table: table.slice(0, end), doubtful };
}

/** After all of it has arrived. */
export function certainStates(inventory: Inventory, { table, doubtful }: FileStates): Uint32Array {
  if (doubtful.length === 0) return table;
  const own = new Set(doubtful);
  const certain = compareStates(new Uint32Array(), inventory, true).table;
  const all = table.slice();
  for (const [index, name] of inventory.names.entries()) {
    if (own.has(name)) all.set(certain.subarray(index * columns, (index + 1) * columns), index * columns);
  }
  return all;
}

function numberAt(table: Uint32Array, at: number): number {
  return (table[at] ?? 0) * 2 ** 32 + (table[at + 1] ?? 0);
}

/** 21 bits, and 32. */
function hashText(text: string): readonly [number, number] {
  let [one, two] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    one = Math.imul(one ^ unit, 2_654_435_761);
    two = Math.imul(two ^ unit, 1_597_334_677);
  }
  one = Math.imul(one ^ (one >>> 16), 2_246_822_507) ^ Math.imul(two ^ (two >>> 13), 3_266_489_909);
  two = Math.imul(two ^ (two >>> 16), 2_246_822_507) ^ Math.imul(one ^ (one >>> 13), 3_266_489_909);
  return [(two >>> 0) & 0x1fffff, one >>> 0];
}

export function recallStates(stateDir: string, key: string): Uint32Array {
  try {
    const bytes = readFileSync(placeOf(stateDir, key));
    const isWhole = bytes.length % (columns * 4) === 0;
    return isWhole ? new Uint32Array(new Uint8Array(bytes).buffer) : new Uint32Array();
  } catch {
    return new Uint32Array();
  }
}

/** It may be lost: then only what rsync sees is sent. */
export function rememberStates(stateDir: string, key: string, table: Uint32Array): void {
  const path = placeOf(stateDir, key);
  const temporary = `${path}.${randomHex(6)}`;
  try {
    makeDirectory(dirname(path));
    writeFileSync(temporary, new Uint8Array(table.buffer, table.byteOffset, table.byteLength), { mode: 0o600 });
    renameSync(temporary, path);
  } catch {
    // The next one goes by what was remembered before.
  }
}

function placeOf(stateDir: string, key: string): string {
  return join(stateDir, 'sync', `${key}.files`);
}
