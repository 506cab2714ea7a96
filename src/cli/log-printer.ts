import type { LogSource } from '../app/tail-logs.ts';
import { findRequeueNotice } from '../core/slurm/requeue-notice.ts';
import { cellWidth } from './cell-width.ts';
import { createRequeueLabels, type RequeueLabels } from './label-requeues.ts';
import type { Output } from './output.ts';
import { printable } from './table.ts';

const newline = 0x0a;

/** A line that is longer is printed in parts. */
const longestLine = 1024 * 1024;

export interface LogPrinterOptions {
  readonly out: Output;
  readonly sources: readonly LogSource[];
  /** Only these lines; without it, everything. */
  readonly isWanted?: ((line: Uint8Array) => boolean) | undefined;
  /** Slurm's notices of a requeue stay as they are. */
  readonly raw: boolean;
  /** What jobs are called beside their ids. */
  readonly nameOf?: ((jobId: string) => string | undefined) | undefined;
}

export interface LogPrinter {
  readonly print: (source: LogSource, bytes: Uint8Array) => void;
  /** Prints what a log without a line break at its end has left. */
  readonly flush: () => void;
}

/**
 * Prints logs as they come: byte by byte where there is one job, else line by line behind what the job is called, so that lines
 * of different jobs never mix. A job's standard error goes to ours.
 */
export function createLogPrinter(options: LogPrinterOptions): LogPrinter {
  const { out, sources, isWanted, raw } = options;
  const isOne = new Set(sources.map(({ jobId }) => jobId)).size === 1;
  const lines = isOne && isWanted === undefined && !out.json ? unsplit(out) : splitLines(createLinePrinter(options));
  return raw || out.json ? lines : withLabels(lines);
}

function unsplit(out: Output): LogPrinter {
  return { print: (source, bytes) => write(out, source, bytes), flush: () => undefined };
}

function keyOf({ jobId, stream }: LogSource): string {
  return `${stream} ${jobId}`;
}

function withLabels(printer: LogPrinter): LogPrinter {
  const known = new Map<string, { readonly source: LogSource; readonly labels: RequeueLabels }>();
  return {
    print(source, bytes) {
      const entry = known.get(keyOf(source)) ?? { source, labels: createRequeueLabels() };
      known.set(keyOf(source), entry);
      printer.print(source, entry.labels.push(bytes));
    },
    flush() {
      for (const { source, labels } of known.values()) printer.print(source, labels.flush());
      printer.flush();
    },
  };
}

type PrintLine = (source: LogSource, line: Uint8Array) => void;

function createLinePrinter({ out, sources, isWanted, raw, nameOf }: LogPrinterOptions): PrintLine {
  const prefixOf = createPrefix(sources, (id) => nameOf?.(id) ?? id);
  return (source, line) => {
    if (isWanted?.(line) === false) return;
    if (!out.json) return write(out, source, Buffer.concat([prefixOf(source), line, Uint8Array.of(newline)]));
    const { jobId, stream } = source;
    const text = new TextDecoder().decode(line);
    const name = nameOf?.(jobId);
    const found = raw ? undefined : findRequeueNotice(text);
    const event = found === undefined ? {} : { event: 'requeued', cause: found.notice.cause, at: found.notice.at };
    out.record({ job_id: jobId, ...(name === undefined ? {} : { name }), ...event, stream, line: text });
  };
}

function splitLines(printLine: PrintLine): LogPrinter {
  const carried = new Map<string, { readonly source: LogSource; readonly bytes: Uint8Array }>();
  return {
    print(source, bytes) {
      const key = keyOf(source);
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
  if (bytes.length === 0) return;
  if (stream === 'stdout') out.bytes(bytes);
  else out.errorBytes(bytes);
}

/** As wide for every job. */
function createPrefix(
  sources: readonly LogSource[],
  labelOf: (jobId: string) => string,
): (source: LogSource) => Uint8Array {
  const ids = [...new Set(sources.map(({ jobId }) => jobId))];
  const labels = new Map(ids.map((id) => [id, printable(labelOf(id))]));
  const width = Math.max(...[...labels.values()].map(cellWidth));
  const pad = (label: string) => label + ' '.repeat(Math.max(0, width - cellWidth(label)));
  const prefixes = new Map(
    [...labels].map(([id, label]) => [id, new TextEncoder().encode(ids.length < 2 ? '' : `${pad(label)} | `)]),
  );
  return ({ jobId }) => prefixes.get(jobId) ?? new Uint8Array();
}
