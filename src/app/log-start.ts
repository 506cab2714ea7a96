import type { FileChunk } from '../shell/shell.ts';

const newline = 0x0a;
const blockBytes = 1024 * 1024;

/** Where to begin to show a log. */
export type LogStart =
  | { readonly kind: 'beginning' }
  /** The last so many bytes. */
  | { readonly kind: 'bytes'; readonly count: number }
  /** The last so many lines; of those that are wanted, where not all are. */
  | { readonly kind: 'lines'; readonly count: number; readonly isWanted?: ((line: Uint8Array) => boolean) | undefined };

export interface LogPosition {
  readonly offset: number;
  readonly fileId: string;
}

/** Reads at most so many bytes from an offset; from the end where that is negative. `undefined`: there is no such file. */
export type ReadLog = (at: { readonly offset: number; readonly maxBytes: number }) => Promise<FileChunk | undefined>;

/** The first byte to show, `undefined` while there is no file. A huge log costs little: it is read backwards from its end. */
export async function findLogStart(read: ReadLog, start: LogStart): Promise<LogPosition | undefined> {
  if (start.kind === 'beginning') return positionOf(await read({ offset: 0, maxBytes: 1 }), () => 0);
  if (start.kind === 'bytes') {
    return positionOf(await read({ offset: -1, maxBytes: 1 }), ({ size }) => Math.max(0, size - start.count));
  }
  const { count, isWanted } = start;
  return isWanted === undefined ? lastLines(read, count) : lastWantedLines(read, { count, isWanted });
}

function positionOf(chunk: FileChunk | undefined, offsetIn: (chunk: FileChunk) => number): LogPosition | undefined {
  return chunk === undefined ? undefined : { offset: offsetIn(chunk), fileId: chunk.fileId };
}

/** What is read first where the last lines are wanted. */
export const firstLook = { offset: -16 * 1024, maxBytes: 16 * 1024 } as const;

/** In growing pieces: most logs are done with the first. */
async function lastLines(read: ReadLog, count: number): Promise<LogPosition | undefined> {
  for (let bytes: number = firstLook.maxBytes; ; bytes *= 8) {
    const chunk = await read({ offset: -bytes, maxBytes: bytes });
    if (chunk === undefined) return undefined;
    const start = lastLinesStart(chunk.bytes, count);
    if (start > 0 || chunk.offset === 0) return { offset: chunk.offset + start, fileId: chunk.fileId };
  }
}

/** Index of the first byte of the last `count` lines; 0 when there are not that many. */
export function lastLinesStart(bytes: Uint8Array, count: number): number {
  let index = bytes.length;
  if (bytes[index - 1] === newline) index -= 1;
  for (let found = 0; index > 0; index -= 1) {
    if (bytes[index - 1] === newline && ++found === count) return index;
  }
  return 0;
}

/** Of a line that is longer than this, each part counts as a line: what is searched must fit into memory. */
const longestLine = 16 * blockBytes;

/** In equal pieces, of which one at a time is held, with the beginning of a line that the piece before it has to complete. */
async function lastWantedLines(
  read: ReadLog,
  { count, isWanted }: { readonly count: number; readonly isWanted: (line: Uint8Array) => boolean },
): Promise<LogPosition | undefined> {
  const last = await read({ offset: -1, maxBytes: 1 });
  if (last === undefined) return undefined;
  const { fileId, size } = last;
  let position = { offset: size, fileId };
  let carried: Uint8Array = new Uint8Array();
  let found = 0;
  for (let end = size; end > 0; ) {
    const begin = Math.max(0, end - blockBytes);
    const block = await read({ offset: begin, maxBytes: end - begin });
    // It is read as what it is when it is shown.
    if (block === undefined || block.fileId !== fileId) return position;
    const text = Buffer.concat([block.bytes, carried]);
    const whole = begin === 0 ? 0 : startOfWholeLines(text);
    for (const [from, to] of linesOf(text, whole).reverse()) {
      if (!isWanted(text.subarray(from, to))) continue;
      position = { offset: begin + from, fileId };
      found += 1;
      if (found === count) return position;
    }
    carried = text.subarray(0, whole);
    end = begin;
  }
  return position;
}

/** The first line of a piece may have begun in the piece before. */
function startOfWholeLines(text: Uint8Array): number {
  const end = text.indexOf(newline);
  if (end >= 0) return end + 1;
  return text.length > longestLine ? 0 : text.length;
}

/** Begin and end of each line behind `from`, without the line break. */
function linesOf(text: Uint8Array, from: number): (readonly [number, number])[] {
  const lines: (readonly [number, number])[] = [];
  for (let begin = from; begin < text.length; ) {
    const next = text.indexOf(newline, begin);
    const end = next < 0 ? text.length : next;
    lines.push([begin, end]);
    begin = end + 1;
  }
  return lines;
}
