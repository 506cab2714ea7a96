import { UsageError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import { dataFields, type Field, findField, findSlurmField } from './field.ts';
import type { NativePart } from './native-format.ts';

export interface ChosenColumn<Row> {
  readonly field: Field<Row>;
  /** Cells, where the user gave a width as Slurm has it (`JobID%20`, `JobID:20`). */
  readonly width?: number;
  /** `JobID:.20`: to the right. */
  readonly right?: boolean;
  /** `JobID:20|`: text behind each cell. */
  readonly suffix?: string;
}

/** A name, and how wide: `%20` or `%-20` as sacct has it, `:[.][size][suffix]` as squeue and sinfo. */
const form = /^(.*?)(?:%-?(\d{1,4})|:([.-]?)(\d{0,4})(.*))?$/s;

/**
 * Reads lists of names as `-o`, `-O` and sacct's `--format` take them. Throws a UsageError for a name that is no column here.
 * `slurmFirst`: what Slurm and we call the same is Slurm's.
 */
export function readColumns<Row>(
  fields: readonly Field<Row>[],
  given: readonly string[],
  { slurmFirst = false }: { readonly slurmFirst?: boolean } = {},
): ChosenColumn<Row>[] {
  return splitNames(given).flatMap((text): readonly ChosenColumn<Row>[] => {
    const [, name = text, percent, side, size = '', suffix = ''] = form.exec(text) ?? [];
    if (isAll(fields, name)) return dataFields(fields).map((field) => ({ field }));
    const width = percent ?? size;
    return [
      {
        field: (slurmFirst ? findSlurmField(fields, name) : undefined) ?? requireField(fields, name),
        ...(width === '' ? {} : { width: Number(width) }),
        ...(side === '.' ? { right: true } : {}),
        ...(suffix === '' ? {} : { suffix }),
      },
    ];
  });
}

/** Whether a text is a list of columns: of several names, or of one that is a column here. */
export function isColumnList<Row>(fields: readonly Field<Row>[], text: string): boolean {
  if (text.includes(',')) return true;
  const [, name = text] = form.exec(text) ?? [];
  return isAll(fields, name) || findField(fields, name) !== undefined;
}

function isAll<Row>(fields: readonly Field<Row>[], name: string): boolean {
  return name.toLowerCase() === 'all' && findField(fields, name) === undefined;
}

function splitNames(given: readonly string[]): readonly string[] {
  return given
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

/** Cells that a column has without a width, where another one has a text behind it: as in `squeue -O`. */
const usualWidth = 20;

/** Columns with a text behind them, as Slurm prints them: one after the other, with nothing else between them. */
export function nativeColumns<Row>(columns: readonly ChosenColumn<Row>[]): readonly NativePart<Row>[] | undefined {
  if (columns.every(({ suffix }) => suffix === undefined)) return undefined;
  return columns.flatMap(({ field, width, right = false, suffix }): NativePart<Row>[] => [
    { field, width: width ?? (suffix === undefined ? usualWidth : undefined), right },
    ...(suffix === undefined ? [] : [{ text: suffix }]),
  ]);
}

export function requireField<Row>(fields: readonly Field<Row>[], name: string): Field<Row> {
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
