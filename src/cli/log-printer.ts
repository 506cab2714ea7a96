import type { LogSource } from '../app/tail-logs.ts';
import { cellWidth } from './cell-width.ts';
import type { Output } from './output.ts';

const newline = 0x0a;

/** A line that is longer is printed in parts. */
const longestLine = 1024 * 1024;

export interface LogPrinterOptions {
  readonly out: Output;
  readonly sources: readonly LogSource[];
  /** Only these lines; without it, everything. */
  readonly isWanted?: ((line: Uint8Array) => boolean) | undefined;
}

export interface LogPrinter {
  readonly print: (source: LogSource, bytes: Uint8Array) => void;
  /** Prints what a log without a line break at its end has left. */
  readonly flush: () => void;
}

/**
 * Prints logs as they come: byte by byte where there is one job, else line by line behind the job's id, so that lines of
 * different jobs never mix. A job's standard error goes to ours.
 */
export function createLogPrinter({ out, sources, isWanted }: LogPrinterOptions): LogPrinter {
  const isRaw = new Set(sources.map(({ jobId }) => jobId)).size === 1 && isWanted === undefined && !out.json;
  if (isRaw) return { print: (source, bytes) => write(out, source, bytes), flush: () => undefined };
  const prefixOf = createPrefix(sources);
  const carried = new Map<string, { readonly source: LogSource; readonly bytes: Uint8Array }>();
  const printLine = (source: LogSource, line: Uint8Array) => {
    if (isWanted?.(line) === false) return;
    if (out.json) {
      const text = new TextDecoder().decode(line);
      out.record({ job_id: source.jobId, stream: source.stream, line: text });
    } else {
      write(out, source, Buffer.concat([prefixOf(source), line, Uint8Array.of(newline)]));
    }
  };
  return {
    print(source, bytes) {
      const key = `${source.stream} ${source.jobId}`;
      const text = Buffer.concat([carried.get(key)?.bytes ?? new Uint8Array(), bytes]);
      let begin = 0;
      for (let end = text.indexOf(newline); end >= 0; end = text.indexOf(newline, begin)) {
        printLine(source, text.subarray(begin, end));
        begin = end + 1;
      }
      const rest = text.subarray(begin);
      if (rest.length > longestLine) printLine(source, rest);
      if (rest.length === 0 || rest.length > longestLine) carried.delete(key);
      else carried.set(key, { source, bytes: rest });
    },
    flush() {
      for (const { source, bytes } of carried.values()) printLine(source, bytes);
      carried.clear();
    },
  };
}

function write(out: Output, { stream }: LogSource, bytes: Uint8Array): void {
  if (stream === 'stdout') out.bytes(bytes);
  else out.errorBytes(bytes);
}

/** As wide for every job. */
function createPrefix(sources: readonly LogSource[]): (source: LogSource) => Uint8Array {
  const ids = [...new Set(sources.map(({ jobId }) => jobId))];
  const width = Math.max(...ids.map(cellWidth));
  const prefixes = new Map(
    ids.map((id) => [id, new TextEncoder().encode(ids.length < 2 ? '' : `${id.padEnd(width)} | `)]),
  );
  return ({ jobId }) => prefixes.get(jobId) ?? new Uint8Array();
}
