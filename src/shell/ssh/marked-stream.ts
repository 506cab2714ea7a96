/**
 * Finds what one command writes in a stream that is full of other things: between the line that is its mark, and the mark again. What
 * stands on the rest of that last line is the end's.
 */
export class MarkedStream {
  readonly #mark: Buffer;
  readonly #onBytes: (bytes: Uint8Array) => void;
  #state: 'before' | 'within' | 'behind' | 'over' = 'before';
  #held: Buffer = Buffer.alloc(0);
  #noise = '';

  constructor(mark: string, onBytes: (bytes: Uint8Array) => void) {
    this.#mark = Buffer.from(mark);
    this.#onBytes = onBytes;
  }

  /** What stands behind the last mark once it is there, without the blank before it; `undefined` while it is not. */
  end: string | undefined;

  /** The first mark was there. */
  get hasBegun(): boolean {
    return this.#state !== 'before';
  }

  /** The end of what came before the first mark, for messages. */
  get noise(): string {
    return this.#noise + (this.#state === 'before' ? this.#held.toString() : '');
  }

  /** Returns what stands behind the end: it belongs to the next command. */
  push(chunk: Uint8Array): Buffer {
    this.#held = Buffer.concat([this.#held, chunk]);
    if (this.#state === 'before') this.#begin();
    if (this.#state === 'within') this.#pass();
    if (this.#state === 'behind') this.#finish();
    const rest = this.#state === 'over' ? this.#held : Buffer.alloc(0);
    if (this.#state === 'over') this.#held = Buffer.alloc(0);
    return rest;
  }

  #begin(): void {
    const line = Buffer.concat([this.#mark, newline]);
    const at = this.#held.indexOf(line);
    if (at < 0) {
      const kept = Math.max(0, this.#held.length - line.length);
      this.#noise = (this.#noise + this.#held.subarray(0, kept).toString()).slice(-mostNoise);
      this.#held = this.#held.subarray(kept);
      return;
    }
    this.#noise = (this.#noise + this.#held.subarray(0, at).toString()).slice(-mostNoise);
    this.#held = this.#held.subarray(at + line.length);
    this.#state = 'within';
  }

  #pass(): void {
    const at = this.#held.indexOf(this.#mark);
    const end = at < 0 ? this.#held.length - partOf(this.#mark, this.#held) : at;
    if (end > 0) this.#onBytes(this.#held.subarray(0, end));
    this.#held = this.#held.subarray(at < 0 ? end : at + this.#mark.length);
    if (at >= 0) this.#state = 'behind';
  }

  #finish(): void {
    const at = this.#held.indexOf(newline);
    if (at < 0) return;
    this.end = this.#held.subarray(0, at).toString().trim();
    this.#held = this.#held.subarray(at + 1);
    this.#state = 'over';
  }
}

const newline = Buffer.from('\n');
const mostNoise = 8_192;

/** How many bytes at the end may be the beginning of the mark. */
function partOf(mark: Buffer, bytes: Buffer): number {
  for (let length = Math.min(mark.length - 1, bytes.length); length > 0; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(mark.subarray(0, length))) return length;
  }
  return 0;
}
