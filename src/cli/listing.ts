import type { Command } from 'commander';
import type { ChosenColumn } from './column-spec.ts';
import { addQueryOption, collect } from './common-options.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { documentLines, rowLines } from './document.ts';
import { columnOf, dataFields, type Field, jsonOf, type Listing, scalarText } from './field.ts';
import { chooseListing, type ListingChoice, listingFormats, type SortKey } from './listing-choice.ts';
import { fitCell, formatNative } from './native-format.ts';
import { formatJson, type Output } from './output.ts';
import { type Separation, separatedLine } from './separated.ts';
import { type Column, formatTable, printable } from './table.ts';

/**
 * How a listing is shown. What is named after a command of Slurm also takes what that one calls the same: `-S` is a letter of
 * squeue and sinfo for sorting, and of sacct for a time.
 */
export function addListingOptions(command: Command, like?: 'squeue' | 'sinfo' | 'sacct'): Command {
  const isLong = like === 'squeue' || like === 'sinfo';
  command
    .option(
      '-f, --format <format>',
      `${listingFormats.join(', ')}, or ${like === 'sacct' ? 'columns, as for -o' : 'one of Slurm\'s patterns such as "%i %j"'}`,
    )
    .option('--json', 'print JSON: the same as --format json');
  addQueryOption(command).option('-o, --columns <names>', "these columns; Slurm's own names and patterns too", collect);
  if (isLong) {
    command.option(
      '-O, --Format <names>',
      `columns by the names that ${like} -O has for them: the same as -o`,
      collect,
    );
  }
  command
    .option(`${isLong ? '-S, ' : ''}--sort <columns>`, 'order by these columns; -NAME puts the greatest first', collect)
    .option('--no-header', 'no line of titles');
  return like === undefined ? command : command.option('--noheader', 'the same as --no-header');
}

export interface OpenListing<Row> {
  /** Writes the rows to standard output in the format that was asked for. */
  show(rows: readonly Row[]): Promise<void>;
  /** The same as lines of text, for a table that is drawn again and again. */
  lines(rows: readonly Row[]): readonly string[];
  readonly format: ListingChoice<Row>['format'];
  /** The fields and rows of a table, in their order, for a format of the command's own. */
  parts(rows: readonly Row[]): { readonly fields: readonly Field<Row>[]; readonly rows: readonly Row[] };
  /** The keys that are shown or sorted by: nothing else needs to be found out. */
  readonly keys: readonly string[];
}

/** Reads what was asked for, so that a column that does not exist is found before any cluster is asked. */
export function openListing<Row>(
  listing: Listing<Row>,
  {
    options,
    context: { out },
  }: { readonly options: ParsedInput['options']; readonly context: Pick<CommandContext, 'out'> },
): OpenListing<Row> {
  const choice = chooseListing(listing, options);
  const ordered = (rows: readonly Row[]) => sortRows(rows, choice.sort);
  return {
    format: choice.format,
    keys: [...shownFields(listing, choice), ...choice.sort.map(({ field }) => field)].map(({ key }) => key),
    parts: (rows) => ({ fields: shownFields(listing, choice), rows: ordered(rows) }),
    lines(rows) {
      const sorted = ordered(rows);
      if (out.query === undefined) return textLines(listing, sorted, { choice, out });
      return rowLines(out.query(sorted.map(jsonRow(listing, choice))), choice, out);
    },
    async show(rows) {
      const sorted = ordered(rows);
      const isDocument = out.query !== undefined || choice.format === 'json' || choice.format === 'yaml';
      const lines = isDocument
        ? await documentLines(sorted.map(jsonRow(listing, choice)), choice, out)
        : textLines(listing, sorted, { choice, out });
      lines.forEach(out.line);
    },
  };
}

function shownFields<Row>(listing: Listing<Row>, choice: ListingChoice<Row>): readonly Field<Row>[] {
  const { format, columns, native, hasQuery } = choice;
  if (native !== undefined) return native.flatMap((part) => ('field' in part ? [part.field] : []));
  if (columns !== undefined) return columns.map(({ field }) => field);
  if (format === 'ids') return [];
  // What a query chooses from is all that the JSON has.
  const isTable = !hasQuery && (format === 'table' || format === 'wide');
  return isTable ? tableFields(listing, format) : dataFields(listing.fields);
}

function tableFields<Row>(listing: Listing<Row>, format: 'table' | 'wide'): readonly Field<Row>[] {
  const { fields, table, wide = dataFields(fields).map(({ key }) => key) } = listing;
  const keys = format === 'wide' ? wide : table;
  return keys.flatMap((key) => fields.find((field) => field.key === key) ?? []);
}

interface Display<Row> {
  readonly choice: ListingChoice<Row>;
  readonly out: Pick<Output, 'terminal'>;
}

function textLines<Row>(listing: Listing<Row>, rows: readonly Row[], { choice, out }: Display<Row>): readonly string[] {
  switch (choice.format) {
    case 'json':
    case 'jsonl':
    case 'yaml':
      return rows.map((row) => formatJson(jsonRow(listing, choice)(row)));
    case 'ids':
      return rows.map((row) => printable(listing.id(row)));
    case 'csv':
    case 'tsv':
      return separated(listing, rows, { choice, out });
    case 'table':
    case 'wide':
      return tableLines(listing, rows, { choice, out });
  }
}

function jsonRow<Row>(
  { fields }: Listing<Row>,
  { columns }: ListingChoice<Row>,
): (row: Row) => Record<string, unknown> {
  const chosen = columns?.map(({ field }) => field) ?? dataFields(fields);
  return (row) => jsonOf(chosen, row);
}

/** Nothing at all for no rows: a pipe counts lines. */
function tableLines<Row>(
  listing: Listing<Row>,
  rows: readonly Row[],
  { choice, out }: Display<Row>,
): readonly string[] {
  if (rows.length === 0) return [];
  const { columns, format, native, header } = choice;
  const lines =
    native === undefined
      ? formatTable(tableColumns(listing, choice), rows, {
          colour: out.terminal?.colour,
          signs: out.terminal?.signs,
          // What somebody named is shown, however narrow the terminal.
          columns: format === 'wide' || columns !== undefined ? undefined : out.terminal?.columns,
        })
      : formatNative(native, rows);
  return header ? lines : lines.slice(1);
}

function tableColumns<Row>(listing: Listing<Row>, { format, columns }: ListingChoice<Row>): readonly Column<Row>[] {
  if (columns !== undefined) return columns.map(chosenColumn);
  return tableFields(listing, format === 'wide' ? 'wide' : 'table').map(columnOf);
}

/** A column as it was named, perhaps with a width of its own. */
export function chosenColumn<Row>({ field, width, right = false }: ChosenColumn<Row>): Column<Row> {
  const column = { ...columnOf(field), ...(right ? { align: 'right' as const } : {}) };
  if (width === undefined) return column;
  return {
    ...column,
    title: fitCell(column.title, { width, right }),
    value: (row) => fitCell(printable(column.value(row)), { width, right }),
  };
}

/** Raw values, as in the JSON. */
function separated<Row>(listing: Listing<Row>, rows: readonly Row[], { choice, out }: Display<Row>): readonly string[] {
  const { format, columns, header } = choice;
  const fields = columns?.map(({ field }) => field) ?? dataFields(listing.fields);
  const how: Separation = { format: format === 'csv' ? 'csv' : 'tsv', isTerminal: out.terminal !== undefined };
  const body = rows.map((row) => fields.map((field) => cellOf(field, row)));
  return (header ? [fields.map(({ key }) => key), ...body] : body).map((cells) => separatedLine(cells, how));
}

function cellOf<Row>(field: Field<Row>, row: Row): string {
  return field.json === undefined ? (field.text?.(row) ?? '') : scalarText(field.json(row));
}

/** What is not known comes last, whatever the order. */
export function sortRows<Row>(rows: readonly Row[], keys: readonly SortKey<Row>[]): readonly Row[] {
  if (keys.length === 0) return rows;
  const value = ({ field }: SortKey<Row>, row: Row): unknown => (field.json ?? field.text)?.(row) ?? undefined;
  const collator = new Intl.Collator('en', { numeric: true });
  return [...rows].sort((a, b) => {
    for (const key of keys) {
      const [left, right] = [value(key, a), value(key, b)];
      if (left === undefined || right === undefined) {
        if (left !== right) return left === undefined ? 1 : -1;
        continue;
      }
      const order = compare(left, right, collator);
      if (order !== 0) return key.descending ? -order : order;
    }
    return 0;
  });
}

function compare(left: unknown, right: unknown, collator: Intl.Collator): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return collator.compare(scalarText(left), scalarText(right));
}
