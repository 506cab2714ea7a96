/** A file of an archive, with all of its bytes. */
export interface TarEntry {
  /** As it was given to `tar`, byte for byte. */
  readonly name: Buffer;
  readonly isFile: boolean;
  readonly content: Buffer;
  /** Epoch seconds. */
  readonly modifiedAt: number;
}

const block = 512;

/**
 * The files of an archive in GNU's own format, as they come; an archive that is cut ends with its last whole file.
 *
 * @param maxBytes ends before a file that is larger
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<TarEntry> {
  const source = new ByteSource(chunks);
  try {
    yield* entriesOf(source, maxBytes);
  } finally {
    await source.close();
  }
}

async function* entriesOf(source: ByteSource, maxBytes: number): AsyncGenerator<TarEntry> {
  let longName: Buffer | undefined;
  for (;;) {
    const header = await source.take(block);
    if (header === undefined) return;
    // Two empty blocks are the end; what stands behind them is read, so that whoever writes it can end.
    if (header.every((byte) => byte === 0)) continue;
    const size = numberAt(header, 124, 12);
    if (size > maxBytes) return;
    const padded = await source.take(Math.ceil(size / block) * block);
    if (padded === undefined) return;
    const content = padded.subarray(0, size);
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === 'L') {
      longName = textOf(content);
      continue;
    }
    if (type === 'K') continue;
    const name = longName ?? textOf(header.subarray(0, 100));
    longName = undefined;
    yield { name, isFile: type === '0' || type === '\0', content, modifiedAt: numberAt(header, 136, 12) };
  }
}

/** Octal digits, or, where they do not suffice, a number of bytes behind one with its highest bit set. */
function numberAt(header: Buffer, at: number, length: number): number {
  const field = header.subarray(at, at + length);
  if (((field[0] ?? 0) & 0x80) === 0) return Number.parseInt(field.toString('latin1').replace(/\0.*/s, ''), 8) || 0;
  const isNegative = field[0] === 0xff;
  const value = field.subarray(1).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return Number(isNegative ? value - 256n ** BigInt(length - 1) : value);
}

function textOf(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** Bytes by number, from chunks of any size. */
class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Buffer[] = [];
  #length = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Nothing more is wanted. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** `undefined` where so many do not come any more. */
  async take(count: number): Promise<Buffer | undefined> {
    while (this.#length < count) {
      const { value, done } = await this.#chunks.next();
      if (done === true) return undefined;
      this.#held.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      this.#length += value.byteLength;
    }
    const whole = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    this.#held = [whole.subarray(count)];
    this.#length = whole.length - count;
    return whole.subarray(0, count);
  }
}
