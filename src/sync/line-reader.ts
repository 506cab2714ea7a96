/** The lines of an output as it comes, without their ends. */
export class LineReader {
  readonly #take: (line: Buffer) => void;
  /** The beginning of a line whose end has not come yet. */
  #begun: Buffer[] = [];

  /** @param take is given bytes that it must not keep */
  constructor(take: (line: Buffer) => void) {
    this.#take = take;
  }

  add(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      this.#finish(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#begun.push(chunk.subarray(start));
  }

  /** The last line may have no end. */
  end(): void {
    if (this.#begun.length > 0) this.#finish(Buffer.alloc(0));
  }

  #finish(rest: Buffer): void {
    const line = this.#begun.length === 0 ? rest : Buffer.concat([...this.#begun, rest]);
    this.#begun = [];
    this.#take(line);
  }
}
