import { isAscii } from 'node:buffer';
import { BugError } from '../core/errors.ts';
import { textOf } from './run-rsync.ts';

/** Much more than the longest path, also where each byte of it is escaped. */
const pieceBytes = 256 * 1024;

const nul = 0;

/**
 * Names of files, as rsync escapes them: of hundreds of thousands, the bytes alone, one behind the other. As strings in an array they
 * would take several times as much, and more time with each look that is taken at what is still in use.
 */
export class NameTable implements Iterable<string> {
  /** Each has whole names, with a NUL behind each, up to its end. */
  readonly #pieces: { readonly bytes: Buffer; end: number }[] = [];
  #length = 0;

  static of(names: Iterable<string>): NameTable {
    const table = new NameTable();
    for (const name of names) table.add(Buffer.from(name));
    return table;
  }

  /** What {@link NameTable.pieces} says, without a copy. */
  static in(bytes: Buffer): NameTable {
    const table = new NameTable();
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.lastIndexOf(nul, at + pieceBytes - 1) + 1;
      if (end <= at) throw tooLong();
      const piece = bytes.subarray(at, end);
      table.#pieces.push({ bytes: piece, end: piece.length });
      for (let next = piece.indexOf(nul); next >= 0; next = piece.indexOf(nul, next + 1)) table.#length += 1;
      at = end;
    }
    return table;
  }

  /** Of all pieces together. */
  get byteLength(): number {
    return this.#pieces.reduce((sum, { end }) => sum + end, 0);
  }

  get length(): number {
    return this.#length;
  }

  /** Behind the others. The bytes are copied. */
  add(name: Buffer): void {
    const piece = this.#pieceFor(name.length + 1);
    name.copy(piece.bytes, piece.end);
    piece.end += name.length + 1;
    piece.bytes[piece.end - 1] = nul;
    this.#length += 1;
  }

  addAll(other: NameTable): void {
    for (const name of other.bytes()) this.add(name);
  }

  /** In the order in which they were added. */
  *[Symbol.iterator](): Generator<string> {
    for (const piece of this.pieces()) yield* namesIn(piece);
  }

  *bytes(): Generator<Buffer> {
    for (const piece of this.pieces()) {
      for (let at = 0; at < piece.length; ) {
        const end = piece.indexOf(nul, at);
        yield piece.subarray(at, end);
        at = end + 1;
      }
    }
  }

  /** Many names at a time, with a NUL behind each. */
  *pieces(): Generator<Buffer> {
    for (const { bytes, end } of this.#pieces) yield bytes.subarray(0, end);
  }

  /** As `sort` would have them; may be gone through more than once. */
  sorted(): Iterable<string> {
    const pieces = [...this.pieces()];
    // Of other bytes, the order is not that of the text.
    if (!pieces.every((piece) => isAscii(piece))) return [...this].sort();
    const places = sortedPlaces(pieces, this.#length);
    return {
      *[Symbol.iterator]() {
        for (const place of places) {
          const [piece, at] = [pieceOf(pieces, place), place % pieceBytes];
          yield piece.toString('latin1', at, piece.indexOf(nul, at));
        }
      },
    };
  }

  #pieceFor(length: number): { readonly bytes: Buffer; end: number } {
    if (length > pieceBytes) throw tooLong();
    const last = this.#pieces.at(-1);
    if (last !== undefined && last.end + length <= last.bytes.length) return last;
    // What is not written to takes no memory.
    const piece = { bytes: Buffer.allocUnsafeSlow(pieceBytes), end: 0 };
    this.#pieces.push(piece);
    return piece;
  }
}

function tooLong(): BugError {
  return new BugError('a name of a file is longer than any path', { code: 'bug.name_table' });
}

export function* namesIn(piece: Buffer): Generator<string> {
  const isPlain = isAscii(piece);
  for (let at = 0; at < piece.length; ) {
    const end = piece.indexOf(nul, at);
    yield isPlain ? piece.toString('latin1', at, end) : textOf(piece.subarray(at, end));
    at = end + 1;
  }
}

/** Where names begin, as if each piece were of the same length. */
function sortedPlaces(pieces: readonly Buffer[], length: number): Uint32Array {
  const places = new Uint32Array(length);
  let count = 0;
  for (const [index, piece] of pieces.entries()) {
    for (let at = 0; at < piece.length; at = piece.indexOf(nul, at) + 1) {
      places[count] = index * pieceBytes + at;
      count += 1;
    }
  }
  return places.sort((one, other) => compare(pieces, one, other));
}

function pieceOf(pieces: readonly Buffer[], place: number): Buffer {
  return pieces[Math.floor(place / pieceBytes)] ?? nothing;
}

const nothing = Buffer.alloc(0);

/** NUL comes before all else: the shorter of two that begin alike is the first. */
function compare(pieces: readonly Buffer[], onePlace: number, otherPlace: number): number {
  const [one, other] = [pieceOf(pieces, onePlace), pieceOf(pieces, otherPlace)];
  let [oneAt, otherAt] = [onePlace % pieceBytes, otherPlace % pieceBytes];
  for (;;) {
    const difference = (one[oneAt] ?? nul) - (other[otherAt] ?? nul);
    if (difference !== 0 || one[oneAt] === nul) return difference;
    oneAt += 1;
    otherAt += 1;
  }
}
