export interface TarFile {
  /** Relative. */
  readonly name: string;
  readonly content: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
  /** Epoch seconds, in the place of those of all; not before 1970. */
  readonly time?: number | undefined;
}

const block = 512;

/**
 * An archive of plain files as every `tar` reads it: ustar headers, and GNU's long names where a name has more than a hundred bytes.
 *
 * @param time epoch seconds, of all files that have none of their own
 */
export function renderTar(files: readonly TarFile[], timeOfAll: number): Uint8Array {
  const parts = files.flatMap(({ name, content, mode, time = timeOfAll }) => {
    const bytes = new TextEncoder().encode(name);
    const long =
      bytes.length > 100 ? entry({ name: longName, type: 'L', content: concat([bytes, zeros(1)]), mode: 0, time }) : [];
    return [...long, ...entry({ name: bytes.subarray(0, 100), type: '0', content, mode, time })];
  });
  return concat([...parts, zeros(2 * block)]);
}

const longName = new TextEncoder().encode('././@LongLink');

interface Entry {
  readonly name: Uint8Array;
  readonly type: string;
  readonly content: Uint8Array;
  readonly mode: number;
  readonly time: number;
}

function entry({ name, type, content, mode, time }: Entry): Uint8Array[] {
  const header = zeros(block);
  const text = (at: number, value: string) => header.set(new TextEncoder().encode(value), at);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  header.set(name, 0);
  text(100, octal(mode, 7));
  text(108, octal(0, 7));
  text(116, octal(0, 7));
  text(124, octal(content.length, 11));
  text(136, octal(time, 11));
  text(148, '        ');
  text(156, type);
  text(257, 'ustar\u000000');
  // The sum of all bytes, with blanks in its own place.
  text(
    148,
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\u0000 `,
  );
  return [header, content, zeros((block - (content.length % block)) % block)];
}

function zeros(length: number): Uint8Array {
  return new Uint8Array(length);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
