import { UsageError } from '../core/errors.ts';
import { scalarText } from './field.ts';
import type { ListingFormat } from './listing-choice.ts';
import { formatJson, type Output } from './output.ts';
import { type Separation, separatedLine } from './separated.ts';
import { type Column, formatTable, printable } from './table.ts';

interface DocumentLook {
  readonly format: ListingFormat;
  /** With a line of titles, where there are rows. */
  readonly header: boolean;
}

/** One JSON document, or what `--query` makes of it, as lines in the format that was asked for. */
export async function documentLines(
  document: unknown,
  { format, header }: DocumentLook,
  out: Pick<Output, 'query' | 'terminal'>,
): Promise<readonly string[]> {
  const data = out.query === undefined ? document : out.query(document);
  switch (format) {
    case 'json':
      return [formatJson(data)];
    case 'jsonl':
      return Array.isArray(data) ? data.map(formatJson) : [formatJson(data)];
    case 'yaml': {
      const { yamlText } = await import('./yaml-text.ts');
      return [yamlText(data)];
    }
    default:
      return rowLines(data, { format, header }, out);
  }
}

/** What stands in rows, in one of the formats that have such. */
export function rowLines(data: unknown, look: DocumentLook, out: Pick<Output, 'terminal'>): readonly string[] {
  const rows = rowsOf(data, look.format);
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const isNamed = rows.some((row) => !Array.isArray(row));
  const lines =
    look.format === 'csv' || look.format === 'tsv'
      ? separatedLines(rows, keys, { format: look.format, isTerminal: out.terminal !== undefined })
      : tableLines(rows, keys, look.format === 'wide' ? undefined : out.terminal?.columns);
  return look.header && isNamed ? lines : lines.slice(1);
}

/** A row has named cells, or cells without names. */
type Row = Readonly<Record<string, unknown>> | readonly unknown[];

/** What can stand in rows: a list of flat objects, of lists, of single values, or one such value. */
function rowsOf(data: unknown, format: string): readonly Row[] {
  if (data === null) return [];
  const rows = (Array.isArray(data) ? data : [data]).map((item): Row => (isComposite(item) ? item : [item]));
  const areLists = rows.filter((row) => Array.isArray(row)).length;
  const isFlat = rows.every((row) => Object.values(row).every((cell) => !isNested(cell)));
  if (isFlat && (areLists === 0 || areLists === rows.length)) return rows;
  throw new UsageError(`what --query finds are no rows, which ${format} needs`, {
    code: 'usage.query_rows',
    hint: "Choose a list of flat objects, such as '[].{id: job_id, name: name}', or --format json, jsonl or yaml.",
  });
}

function isComposite(value: unknown): value is Row {
  return typeof value === 'object' && value !== null;
}

/** A list of plain values is a cell: they stand with commas between them. */
function isNested(cell: unknown): boolean {
  if (!isComposite(cell)) return false;
  return !Array.isArray(cell) || cell.some(isComposite);
}

function cellOf(row: Row, key: string): unknown {
  return (row as Readonly<Record<string, unknown>>)[key];
}

function separatedLines(rows: readonly Row[], keys: readonly string[], how: Separation): readonly string[] {
  const body = rows.map((row) => keys.map((key) => scalarText(cellOf(row, key))));
  return [keys, ...body].map((cells) => separatedLine(cells, how));
}

function tableLines(rows: readonly Row[], keys: readonly string[], room: number | undefined): readonly string[] {
  const columns = keys.map((key): Column<Row> => {
    const areNumbers = rows.every((row) => typeof (cellOf(row, key) ?? 0) === 'number');
    return {
      title: printable(key.toUpperCase()),
      value: (row) => scalarText(cellOf(row, key)) || '-',
      ...(areNumbers ? { align: 'right' as const } : { elastic: true as const }),
    };
  });
  return formatTable(columns, rows, { columns: room });
}
