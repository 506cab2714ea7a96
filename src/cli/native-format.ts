import { UsageError } from '../core/errors.ts';
import { cellWidth } from './cell-width.ts';
import { dataFields, type Field, findField, textOf } from './field.ts';
import { printable } from './table.ts';

/** A piece of one of Slurm's `%` formats: text as it is, or a field in so many cells. */
export type NativePart<Row> =
  | { readonly text: string }
  | { readonly field: Field<Row>; readonly width: number | undefined; readonly right: boolean };

/**
 * `%[[.]width]letter`, as squeue and sinfo read it: a width pads and cuts, a dot puts the text to the right, everything
 * else stays as it is. Throws a UsageError for a letter that stands for nothing here.
 */
export function parseNativeFormat<Row>(pattern: string, fields: readonly Field<Row>[]): NativePart<Row>[] {
  if (pattern === '%all') return separatedFields(dataFields(fields));
  const parts: NativePart<Row>[] = [];
  for (const [whole, dot, width, letter] of pattern.matchAll(/%(\.?)(\d{0,4})([A-Za-z])|[^%]+|%/gs)) {
    if (letter === undefined) parts.push({ text: whole });
    else {
      const field = findField(fields, `%${letter}`);
      if (field === undefined) throw unknownLetter(letter, fields);
      parts.push({ field, width: width === '' ? undefined : Number(width), right: dot === '.' });
    }
  }
  return parts;
}

/** `%all`: everything, with a bar between. */
function separatedFields<Row>(fields: readonly Field<Row>[]): NativePart<Row>[] {
  return fields.flatMap((field, at) => [
    ...(at === 0 ? [] : [{ text: '|' }]),
    { field, width: undefined, right: false },
  ]);
}

/** The titles, and a line per row. */
export function formatNative<Row>(parts: readonly NativePart<Row>[], rows: readonly Row[]): string[] {
  const line = (text: (field: Field<Row>) => string) =>
    parts
      .map((part) => ('text' in part ? part.text : fitCell(text(part.field), part)))
      .join('')
      .trimEnd();
  const textIn = (field: Field<Row>, row: Row) => field.inPattern?.text?.(row) ?? textOf(field, row);
  return [
    line(({ title, inPattern }) => inPattern?.title ?? title),
    ...rows.map((row) => line((field) => printable(textIn(field, row)))),
  ];
}

/** A text in exactly so many cells of a terminal. */
export function fitCell(
  text: string,
  { width, right = false }: { readonly width: number | undefined; readonly right?: boolean },
): string {
  if (width === undefined) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    const cells = cellWidth(character);
    if (used + cells > width) break;
    kept += character;
    used += cells;
  }
  const gap = ' '.repeat(width - used);
  return right ? gap + kept : kept + gap;
}

function unknownLetter<Row>(letter: string, fields: readonly Field<Row>[]): UsageError {
  const known = fields.flatMap(({ key, native = [] }) =>
    native.filter((name) => name.startsWith('%')).map((name) => `${name} ${key}`),
  );
  return new UsageError(`\`%${letter}\` stands for nothing here`, {
    code: 'usage.format',
    hint: known.length === 0 ? 'Name columns with -o instead.' : `There are: ${known.join(', ')}.`,
  });
}
