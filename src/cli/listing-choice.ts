import { UsageError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import { listOf } from './common-options.ts';
import type { ParsedInput } from './define-command.ts';
import { type Field, findField, type Listing } from './field.ts';
import { type NativePart, parseNativeFormat } from './native-format.ts';

export const listingFormats = ['table', 'wide', 'json', 'jsonl', 'csv', 'tsv', 'yaml', 'ids'] as const;
export type ListingFormat = (typeof listingFormats)[number];

export interface ChosenColumn<Row> {
  readonly field: Field<Row>;
  /** Cells, where the user gave a width as Slurm has it (`JobID%20`, `JobID:20`). */
  readonly width?: number;
}

/** How a listing is to be shown; decided before anything is asked of a cluster. */
export interface ListingChoice<Row> {
  readonly format: ListingFormat;
  /** What `-o` named; `undefined`: what the format has by itself. */
  readonly columns: readonly ChosenColumn<Row>[] | undefined;
  /** A `%` format of Slurm, in place of a table. */
  readonly native: readonly NativePart<Row>[] | undefined;
  readonly sort: readonly SortKey<Row>[];
  readonly header: boolean;
  /** The rows are not shown themselves, but what `--query` makes of all that is known of them. */
  readonly hasQuery: boolean;
}

export interface SortKey<Row> {
  readonly field: Field<Row>;
  readonly descending: boolean;
}

/** Throws a UsageError for a format, a column or a sort key that does not exist. */
export function chooseListing<Row>(listing: Listing<Row>, options: ParsedInput['options']): ListingChoice<Row> {
  const format = options['format'] === undefined ? undefined : String(options['format']);
  const columns = options['columns'] === undefined ? undefined : [options['columns']].flat().map(String);
  const isNative = format?.includes('%') === true;
  const pattern = isNative ? format : columns?.length === 1 && isPattern(columns[0] ?? '') ? columns[0] : undefined;
  if (isNative && columns !== undefined) throw conflict('--format with a % pattern and --columns');
  const chosen = isNative ? undefined : format;
  if (options['json'] === true && chosen !== undefined && chosen !== 'json')
    throw conflict(`--json and --format ${chosen}`);
  const read = options['json'] === true ? 'json' : readFormat(chosen ?? 'table');
  const hasQuery = options['query'] !== undefined;
  if (hasQuery && pattern !== undefined) throw conflict('--query and a % pattern');
  if (hasQuery && read === 'ids') throw conflict('--query and --format ids');
  return {
    format: read,
    hasQuery,
    columns: pattern !== undefined || columns === undefined ? undefined : readColumns(listing.fields, columns),
    native: pattern === undefined ? undefined : parseNativeFormat(pattern, listing.fields),
    sort: listOf(options['sort']).map((key) => readSortKey(listing.fields, key)),
    header: options['header'] !== false,
  };
}

function readFormat(word: string): ListingFormat {
  const format = listingFormats.find((known) => known === word);
  if (format !== undefined) return format;
  throw new UsageError(`there is no format \`${word}\``, {
    code: 'usage.format',
    hint: didYouMean(word, listingFormats) ?? `There are: ${listingFormats.join(', ')}, and patterns such as "%i %j".`,
  });
}

/** `%.18i %j`, unlike a list of names with widths (`JobID%20,State`). */
function isPattern(text: string): boolean {
  return /%\.?\d*[A-Za-z]/.test(text);
}

function readColumns<Row>(fields: readonly Field<Row>[], given: readonly string[]): ChosenColumn<Row>[] {
  return given
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => {
      const [, name = text, width] = /^(.*?)(?:[%:][.-]?(\d{1,4}))?$/.exec(text) ?? [];
      const field = requireField(fields, name);
      return width === undefined ? { field } : { field, width: Number(width) };
    });
}

/** `name`, `-cpus`, `+p`: letters are those of Slurm's `%` formats. */
function readSortKey<Row>(fields: readonly Field<Row>[], text: string): SortKey<Row> {
  const name = text.replace(/^[+-]/, '');
  const field =
    name.length === 1 ? (findField(fields, `%${name}`) ?? requireField(fields, name)) : requireField(fields, name);
  return { field, descending: text.startsWith('-') };
}

function requireField<Row>(fields: readonly Field<Row>[], name: string): Field<Row> {
  const field = findField(fields, name);
  if (field !== undefined) return field;
  const names = fields.map(({ key }) => key);
  throw new UsageError(`there is no column \`${name}\` here`, {
    code: 'usage.column',
    hint:
      didYouMean(name, [...names, ...fields.flatMap(({ native = [] }) => native)]) ??
      `There are: ${fields.flatMap(({ key, onRequest }) => (onRequest === true ? [] : [key])).join(', ')}; and Slurm's own names.`,
  });
}

function conflict(what: string): UsageError {
  return new UsageError(`${what} cannot be used together`, {
    code: 'usage.option_conflict',
    hint: 'Keep the one you mean.',
  });
}
