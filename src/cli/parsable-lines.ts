import { type Field, textOf } from './field.ts';

/**
 * What `sacct --parsable2` prints: Slurm's names as titles, `|` between the fields. As there, a `|` or a newline inside a value
 * stays as it is; JSON and CSV are for names that have one.
 */
export function parsableLines<Row>(
  { fields, rows }: { readonly fields: readonly Field<Row>[]; readonly rows: readonly Row[] },
  { header }: { readonly header: boolean },
): readonly string[] {
  const titles = fields.map(({ title, native = [] }) => native.find((name) => !name.startsWith('%')) ?? title);
  const body = rows.map((row) => fields.map((field) => emptied(textOf(field, row))).join('|'));
  return header ? [titles.join('|'), ...body] : body;
}

/** People see a dash for nothing; programs expect nothing. */
function emptied(text: string): string {
  return text === '-' ? '' : text;
}
