import { cellWidth } from './cell-width.ts';
import { clipLine } from './clip-line.ts';
import { type Signs, signsFor } from './signs.ts';

/** Where a command's words go: data to standard output, everything else to standard error. */
export interface Output {
  /** One result: the text for people (nothing where it is empty), or the same as JSON where the user asked for it. */
  result(data: unknown, text: string): void;
  /** One of many JSON documents, as things happen. With `--query`, one of which it makes `null` is left out. */
  record(data: unknown): void;
  /** A line of standard output as it comes. */
  line(text: string): void;
  /** Raw bytes: a log, a script. */
  bytes(chunk: Uint8Array): void;
  /** Raw bytes for standard error: what a job wrote there. */
  errorBytes(chunk: Uint8Array): void;
  /** A remark on standard error: progress, notices, warnings. Silent with `--quiet`. */
  note(text: string): void;
  /** A remark without which something would be lost, such as the id of a run: also with `--quiet`. */
  insist(text: string): void;
  readonly json: boolean;
  readonly quiet: boolean;
  /** What `--query` makes of a JSON document; absent without that option. */
  readonly query: OutputQuery | undefined;
  /** What to draw with, as the user's terminal can show it. */
  readonly signs: Signs;
  /** Standard output is a terminal, of this size at this moment. */
  readonly terminal: Terminal | undefined;
  /** Replaces the lines drawn last: a table that changes in place. Only on a terminal, and cut to its size. */
  redraw(lines: readonly string[]): void;
  /** Replaces what was drawn last for good, in full. */
  settle(lines: readonly string[]): void;
  /**
   * A line on standard error in the place of the one before; an empty one takes it away. Absent where standard error is no terminal,
   * with `--quiet` and for JSON.
   */
  readonly progress: ((line: string) => void) | undefined;
}

export type OutputQuery = (document: unknown) => unknown;

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
  readonly signs: Signs;
}

export interface OutputStreams {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface OutputStream {
  write(chunk: string | Uint8Array): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly query?: OutputQuery | undefined;
}

export function createOutput(streams: OutputStreams, { query, ...options }: OutputOptions): Output {
  const { stdout, stderr } = streams;
  const signs = signsFor(streams.env);
  let drawn: readonly string[] = [];
  const insist = (text: string) => {
    stderr.write(`${text}\n`);
    // It may stand on the same screen: what was drawn there is no longer where it was.
    drawn = [];
  };
  const replace = (lines: readonly string[]) => {
    const up = rowsOf(drawn, terminalOf(streams)?.columns ?? 80);
    stdout.write(`${up > 0 ? `\x1b[${up}A\r` : ''}${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
  };
  return {
    ...options,
    query,
    signs,
    get terminal() {
      return terminalOf(streams);
    },
    result(data, text) {
      if (options.json) stdout.write(`${formatJson(query === undefined ? data : select(data, query, stderr))}\n`);
      else if (text !== '') stdout.write(`${text}\n`);
    },
    record(data) {
      const found = query === undefined ? data : query(data);
      if (query === undefined || found !== null) stdout.write(`${formatJson(found)}\n`);
    },
    line: (text) => void stdout.write(`${text}\n`),
    bytes: (chunk) => void stdout.write(chunk),
    errorBytes: (chunk) => void stderr.write(chunk),
    note(text) {
      if (!options.quiet) insist(text);
    },
    insist,
    redraw(lines) {
      const { columns, rows } = terminalOf(streams) ?? { columns: 80, rows: 24 };
      // The cursor stands below the last line, and cannot go up beyond the first row of the screen.
      const visible = lines.slice(0, Math.max(1, rows - 1)).map((line) => clipLine(line, columns, signs));
      if (visible.join('\n') === drawn.join('\n')) return;
      replace(visible);
      drawn = visible;
    },
    settle(lines) {
      replace(lines);
      drawn = [];
    },
    progress: stderr.isTTY === true && !options.quiet && !options.json ? progressOn(stderr, signs) : undefined,
  };
}

function progressOn(stderr: OutputStream, signs: Signs): (line: string) => void {
  // The last column stays free: some terminals begin a new line behind it.
  return (line) => void stderr.write(`\r${clipLine(line, (stderr.columns || 80) - 1, signs)}\x1b[K`);
}

/** What was done is done: where the query fails on it, all that there is to say of it stands on standard error. */
function select(data: unknown, query: OutputQuery, stderr: OutputStream): unknown {
  try {
    return query(data);
  } catch (error) {
    stderr.write(`${formatJson(data)}\n`);
    throw error;
  }
}

/** JSON that no terminal can take for commands: control characters beyond those that JSON escapes itself. */
export function formatJson(data: unknown): string {
  return JSON.stringify(data).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** How many rows of the screen lines take, also after it was made narrower. */
function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(cellWidth(line) / columns)), 0);
}

function terminalOf({ stdout, env }: OutputStreams): Terminal | undefined {
  if (stdout.isTTY !== true) return undefined;
  const colour = (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return { columns: stdout.columns || 80, rows: stdout.rows || 24, colour, signs: signsFor(env) };
}
