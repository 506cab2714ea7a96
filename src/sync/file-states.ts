import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../shell/disk.ts';
import { randomHex } from '../shell/random-bytes.ts';
import { hashText } from './hash-text.ts';
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
  /** Nothing was known of any. */
  readonly isBlank: boolean;
  /** Which of the files have not arrived as they are, by their place; `undefined`: too many to be named. */
  readonly changed: readonly number[] | undefined;
}

/** What is more is sent by rsync. */
const mostChanged = 100;

const columns = 4;

/** Of a file whose content there is not known. The last bit of all others says that this state has arrived. */
const uncertain = 0;

/** Before a transfer: of what has changed it is not known how far it will come. */
export function compareStates(before: Uint32Array, inventory: Inventory): FileStates {
  const { names } = inventory;
  const places = new Places(before);
  const table = new Uint32Array(before.length + names.length * columns);
  const doubtful: string[] = [];
  const changed: number[] = [];
  let end = 0;
  for (const name of names) {
    const [high, low] = hashName(name);
    const [quick, full] = numbersOf(inventory, end / columns);
    const known = places.take(high, low);
    const [quickBefore, fullBefore] = known === undefined ? [] : [before[known + 2], before[known + 3]];
    const isSame = fullBefore === full || fullBefore === full - 1;
    // What an interrupted transfer has left there may be any earlier state.
    const isOpen = fullBefore !== undefined && fullBefore % 2 === 0;
    const isDoubtful = fullBefore === uncertain || (!isSame && (isOpen || quickBefore === quick));
    if (isDoubtful) doubtful.push(name);
    const hasArrived = isSame && fullBefore % 2 === 1;
    if (!hasArrived && changed.length <= mostChanged) changed.push(end / columns);
    table[end] = high;
    table[end + 1] = low;
    table[end + 2] = quick;
    table[end + 3] = isDoubtful ? uncertain : isSame ? fullBefore : full - 1;
    end += columns;
  }
  // These are still there.
  for (const at of places.left()) {
    table.set(before.subarray(at, at + columns), end);
    end += columns;
  }
  const isBlank = before.length === 0;
  return {
    table: table.subarray(0, end),
    doubtful,
    isBlank,
    changed: changed.length > mostChanged ? undefined : changed,
  };
}

/** Where in a table a name is. */
class Places {
  readonly #table: Uint32Array;
  /** By the hash of the name, or in one of the next that is free: one more than the number of its row; and 0 where there is none. */
  readonly #rows: Uint32Array;
  readonly #isTaken: Uint8Array;

  constructor(table: Uint32Array) {
    const count = table.length / columns;
    this.#table = table;
    this.#rows = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count + 2)));
    this.#isTaken = new Uint8Array(count);
    for (let row = 0; row < count; row += 1) {
      const slot = this.#slotOf(table[row * columns] ?? 0, table[row * columns + 1] ?? 0);
      const earlier = this.#rows[slot] ?? 0;
      // The last of several counts.
      if (earlier > 0) this.#isTaken[earlier - 1] = 1;
      this.#rows[slot] = row + 1;
    }
  }

  /** Of each name once. */
  take(high: number, low: number): number | undefined {
    const row = (this.#rows[this.#slotOf(high, low)] ?? 0) - 1;
    if (row < 0 || this.#isTaken[row] === 1) return undefined;
    this.#isTaken[row] = 1;
    return row * columns;
  }

  /** All that was not taken. */
  *left(): Generator<number> {
    for (const [row, isTaken] of this.#isTaken.entries()) if (isTaken === 0) yield row * columns;
  }

  #slotOf(high: number, low: number): number {
    const last = this.#rows.length - 1;
    for (let slot = low & last; ; slot = (slot + 1) & last) {
      const at = ((this.#rows[slot] ?? 0) - 1) * columns;
      if (at < 0 || (this.#table[at] === high && this.#table[at + 1] === low)) return slot;
    }
  }
}

/** After all of it has arrived; `isMirror`: what is not here any more is not there either. */
export function certainStates(inventory: Inventory, { table }: FileStates, isMirror: boolean): Uint32Array {
  const { names } = inventory;
  const certain = isMirror ? table.slice(0, names.length * columns) : table.slice();
  for (let index = 0; index < names.length; index += 1) {
    const at = index * columns + 3;
    const full = certain[at] ?? uncertain;
    certain[at] = full === uncertain ? numbersOf(inventory, index)[1] : (full | 1) >>> 0;
  }
  return certain;
}

/** Of one of the names: what rsync compares, and all the rest. */
function numbersOf({ facts }: Inventory, index: number): readonly [number, number] {
  const at = index * factsPerFile;
  const [size, changed] = [facts[at] ?? 0n, facts[at + 1] ?? 0n];
  const [, full] = hashText(`${changed} ${facts[at + 2]} ${facts[at + 3]}`);
  return [quickOf(size, secondsOf(changed)), (full | 1) >>> 0];
}

/** 21 bits, and 32. */
function hashName(name: string): readonly [number, number] {
  const [high, low] = hashText(name);
  return [high & 0x1fffff, low];
}

function quickOf(size: bigint, seconds: bigint): number {
  return hashText(`${size} ${seconds}`)[1];
}

/** Whether what was sent under this name had this size and this second. */
export function wasSent(
  table: Uint32Array,
  { name, size, seconds }: { readonly name: string; readonly size: bigint; readonly seconds: bigint },
): boolean {
  const [high, low] = hashName(name);
  for (let at = 0; at < table.length; at += columns) {
    if (table[at] === high && table[at + 1] === low) return table[at + 2] === quickOf(size, seconds);
  }
  return false;
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
