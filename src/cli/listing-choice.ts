import { UsageError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import { type ChosenColumn, isColumnList, nativeColumns, readColumns, requireField } from './column-spec.ts';
import { listOf } from './common-options.ts';
import type { ParsedInput } from './define-command.ts';
import { type Field, findField, type Listing } from './field.ts';
import { type NativePart, parseNativeFormat } from './native-format.ts';

export const listingFormats = ['table', 'wide', 'json', 'jsonl', 'csv', 'tsv', 'yaml', 'ids'] as const;
export type ListingFormat = (typeof listingFormats)[number];

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
export function chooseListing<Row>({ fields }: Listing<Row>, given: ParsedInput['options']): ListingChoice<Row> {
  const options = withNamedColumns(fields, given);
  const named = options['columns'] as readonly string[] | undefined;
  const word = textOf(options['format']);
  const isNative = word?.includes('%') === true;
  if (isNative && named !== undefined) throw conflict('--format with a % pattern and --columns');
  const hasQuery = options['query'] !== undefined;
  const isJson = options['json'] === true || (hasQuery && word === undefined);
  if (isJson && word !== undefined && !isNative && word !== 'json') throw conflict(`--json and --format ${word}`);
  const format = isJson ? 'json' : readFormat(isNative || word === undefined ? 'table' : word);
  const pattern = isNative ? word : named?.length === 1 && isPattern(named[0] ?? '') ? named[0] : undefined;
  const columns =
    pattern !== undefined || named === undefined
      ? undefined
      : readColumns(fields, named, { slurmFirst: options['slurmNames'] === true });
  if (hasQuery && pattern !== undefined) throw conflict('--query and a % pattern');
  if (hasQuery && format === 'ids') throw conflict('--query and --format ids');
  return {
    format,
    hasQuery,
    columns,
    native: pattern === undefined ? nativeColumns(columns ?? []) : parseNativeFormat(pattern, fields),
    sort: listOf(options['sort']).map((key) => readSortKey(fields, key)),
    header: wantsHeader(options),
  };
}

/** The columns that were named as `columns`, whichever option named them: `-o`, `-O`, or `--format` as Slurm's sacct has it. */
export function withNamedColumns<Row>(
  fields: readonly Field<Row>[],
  { Format: long, ...options }: ParsedInput['options'],
): ParsedInput['options'] {
  const word = textOf(options['format']);
  const isList =
    word !== undefined &&
    !listingFormats.some((format) => format === word) &&
    !isPattern(word) &&
    isColumnList(fields, word);
  const { format, ...others } = options;
  const found = [options['columns'], long, isList ? format : undefined].filter((value) => value !== undefined);
  if (found.length > 1) throw conflict(`${isList ? '--format with names' : '--Format'} and --columns`);
  const [columns] = found;
  return {
    ...(isList ? others : options),
    ...(columns === undefined ? {} : { columns: [columns].flat().map(String) }),
    // These two are Slurm's own spelling, and so are the names.
    ...(isList || long !== undefined ? { slurmNames: true } : {}),
  };
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** Whether titles are wanted; Slurm's own spelling counts, too. */
export function wantsHeader(options: ParsedInput['options']): boolean {
  return options['header'] !== false && options['noheader'] !== true;
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

/** `name`, `-cpus`, `+p`: letters are those of Slurm's `%` formats. */
function readSortKey<Row>(fields: readonly Field<Row>[], text: string): SortKey<Row> {
  const name = text.replace(/^[+-]/, '');
  const field =
    name.length === 1 ? (findField(fields, `%${name}`) ?? requireField(fields, name)) : requireField(fields, name);
  return { field, descending: text.startsWith('-') };
}

function conflict(what: string): UsageError {
  return new UsageError(`${what} cannot be used together`, {
    code: 'usage.option_conflict',
    hint: 'Keep the one you mean.',
  });
}
