import type { Colour } from './colours.ts';
import type { Column } from './table.ts';

/** One fact about the rows of a listing: what programs get of it, and what people see. */
export interface Field<Row> {
  /** Its JSON key, and its name for `-o` and `--sort`: snake_case. */
  readonly key: string;
  readonly title: string;
  /** Numbers as numbers, times as ISO 8601, `null` for what is not known. Absent: a column for people only. */
  readonly json?: (row: Row) => unknown;
  /** For people; without it the JSON value as text. */
  readonly text?: (row: Row) => string;
  readonly align?: 'right';
  readonly elastic?: true;
  readonly colour?: (row: Row) => Colour | undefined;
  /** Where a terminal is too narrow for all columns, those with the highest number go first; without one a column stays. */
  readonly drop?: number;
  /** What takes its place on the narrowest terminals. */
  readonly short?: { readonly title: string; readonly value: (row: Row) => string };
  /** Left out of JSON and CSV unless `-o` names it. */
  readonly onRequest?: true;
  /** Slurm's own names: the letter of a `%` format (`%i`), names of `-O` or of sacct (`JobArrayID`). */
  readonly native?: readonly string[];
  /** In one of Slurm's `%` patterns: what Slurm itself prints there, where it is not what our tables have. */
  readonly inPattern?: { readonly title?: string; readonly text?: (row: Row) => string };
}

/** What a command lists: declared once, shown in every format. */
export interface Listing<Row> {
  /** In the order of the JSON. */
  readonly fields: readonly Field<Row>[];
  /** Keys of the usual table. */
  readonly table: readonly string[];
  /** Keys of `--format wide`; without them all that the JSON has. */
  readonly wide?: readonly string[];
  /** What `--format ids` prints. */
  readonly id: (row: Row) => string;
}

/** What every machine-readable format has, and what sacct and sinfo call `ALL`. */
export function dataFields<Row>(fields: readonly Field<Row>[]): readonly Field<Row>[] {
  return fields.filter(({ json, onRequest }) => json !== undefined && onRequest !== true);
}

export function columnOf<Row>(field: Field<Row>): Column<Row> {
  const { title, align, elastic, colour, drop, short } = field;
  return {
    title,
    value: (row) => textOf(field, row),
    ...(align === undefined ? {} : { align }),
    ...(elastic === undefined ? {} : { elastic }),
    ...(colour === undefined ? {} : { colour }),
    ...(drop === undefined ? {} : { drop }),
    ...(short === undefined ? {} : { short }),
  };
}

export function textOf<Row>(field: Field<Row>, row: Row): string {
  return field.text === undefined ? plainText(field.json?.(row)) : field.text(row);
}

function plainText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return scalarText(value);
}

/** A value as one text, as a cell of CSV holds it. */
export function scalarText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The documented JSON of a row, or the part of it that was asked for. */
export function jsonOf<Row>(fields: readonly Field<Row>[], row: Row): Record<string, unknown> {
  return Object.fromEntries(fields.flatMap(({ key, json }) => (json === undefined ? [] : [[key, json(row) ?? null]])));
}

/**
 * The field that a person means: by its key, its title, or one of Slurm's names for it. Case does not count, but for letters of a
 * `%` format; a name as it is written here wins, so that `ExitCode` is Slurm's and `exit_code` ours.
 */
export function findField<Row>(fields: readonly Field<Row>[], name: string): Field<Row> | undefined {
  const wanted = fold(name);
  return (
    fields.find(({ key }) => key === name) ??
    fields.find(({ native = [] }) => native.includes(name)) ??
    fields.find(({ key }) => fold(key) === wanted) ??
    fields.find(({ native = [] }) =>
      native.some((own) => (own.startsWith('%') ? own === name : fold(own) === wanted)),
    ) ??
    fields.find(({ title }) => fold(title) === wanted)
  );
}

/** The field that Slurm means: by its own names first, as `squeue -O jobid` is another id than `job_id` here. */
export function findSlurmField<Row>(fields: readonly Field<Row>[], name: string): Field<Row> | undefined {
  const wanted = fold(name);
  const has = (test: (own: string) => boolean) => fields.find(({ native = [] }) => native.some(test));
  return (
    has((own) => own === name) ?? has((own) => !own.startsWith('%') && fold(own) === wanted) ?? findField(fields, name)
  );
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}
