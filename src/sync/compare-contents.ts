import { constants } from 'node:fs';
import { hashText } from './hash-text.ts';
import type { KnownContents } from './known-contents.ts';
import { NameTable } from './name-table.ts';
import { factsPerFile, type Inventory } from './read-inventory.ts';

/** What of a state is known from an earlier one. */
export interface ComparedContents {
  /** Of each of the names: at which place its content is known; {@link unknown} where it is not as it was. */
  readonly places: Int32Array;
  /** Names that are not there any more. */
  readonly removed: NameTable;
}

export const unknown = -1;

type Compared = Pick<Inventory, 'names' | 'facts' | 'modes'>;

export function compareContents(now: Compared, known: KnownContents | undefined): ComparedContents {
  const places = new Int32Array(now.names.length).fill(unknown);
  const removed = new NameTable();
  if (known === undefined) return { places, removed };
  if (known.names === now.names) {
    for (let index = 0; index < places.length; index += 1) places[index] = placeOf(now, { index, known, place: index });
    return { places, removed };
  }
  const before = new PlacesOfNames(known.names);
  const isThere = new Uint8Array(known.names.length);
  let index = 0;
  for (const name of now.names) {
    const place = before.find(name);
    if (place !== unknown) {
      isThere[place] = 1;
      places[index] = placeOf(now, { index, known, place });
    }
    index += 1;
  }
  index = 0;
  for (const name of known.names.bytes()) {
    if (isThere[index] === 0) removed.add(name);
    index += 1;
  }
  return { places, removed };
}

interface Pair {
  readonly index: number;
  readonly known: Compared;
  readonly place: number;
}

/** The place, if the file is as it was. */
function placeOf(now: Compared, { index, known, place }: Pair): number {
  if (kindOf(now, index) !== kindOf(known, place)) return unknown;
  const [at, atKnown] = [index * factsPerFile, place * factsPerFile];
  for (let fact = 0; fact < factsPerFile; fact += 1) {
    if (now.facts[at + fact] !== known.facts[atKnown + fact]) return unknown;
  }
  return place;
}

export type Kind = 'file' | 'link' | 'other';

export function kindOf({ modes }: Pick<Inventory, 'modes'>, index: number): Kind {
  const type = (modes[index] ?? 0) & constants.S_IFMT;
  return type === constants.S_IFREG ? 'file' : type === constants.S_IFLNK ? 'link' : 'other';
}

/** Where in a table a name is. */
class PlacesOfNames {
  /** Two numbers for each name. */
  readonly #hashes: Uint32Array;
  /** By the hash of the name, or in one of the next that is free: one more than its place; and 0 where there is none. */
  readonly #slots: Uint32Array;

  constructor(names: NameTable) {
    this.#hashes = new Uint32Array(2 * names.length);
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * names.length + 2)));
    let place = 0;
    for (const name of names) {
      const [high, low] = hashText(name);
      this.#hashes[2 * place] = high;
      this.#hashes[2 * place + 1] = low;
      place += 1;
      this.#slots[this.#slotOf(high, low)] = place;
    }
  }

  /** {@link unknown} where it is not in there. */
  find(name: string): number {
    const [high, low] = hashText(name);
    return (this.#slots[this.#slotOf(high, low)] ?? 0) - 1;
  }

  #slotOf(high: number, low: number): number {
    const last = this.#slots.length - 1;
    for (let slot = low & last; ; slot = (slot + 1) & last) {
      const at = 2 * ((this.#slots[slot] ?? 0) - 1);
      if (at < 0 || (this.#hashes[at] === high && this.#hashes[at + 1] === low)) return slot;
    }
  }
}
