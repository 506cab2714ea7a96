import { cellWidth } from './cell-width.ts';
import { type Colour, paint } from './colours.ts';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'right';
  readonly colour?: (row: Row) => Colour;
}

/**
 * Borderless aligned columns, two spaces apart. Widths count terminal cells, so Japanese names line up. Nothing is ever cut:
 * what a program reads in a pipe is whole.
 */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { colour = false }: { readonly colour?: boolean | undefined } = {},
): string[] {
  const titles = columns.map(({ title }) => ({ text: title, colour: undefined }));
  const body = rows.map((row) => columns.map((column) => cellOf(column, row)));
  const cells = [titles, ...body].map((line) => line.map((cell) => ({ ...cell, width: cellWidth(cell.text) })));
  const widths = columns.map((_, index) =>
    cells.reduce((widest, line) => Math.max(widest, line[index]?.width ?? 0), 0),
  );
  return cells.map((line) =>
    line
      .map((cell, index) => {
        const gap = ' '.repeat((widths[index] ?? 0) - cell.width);
        const text = colour ? paint(cell.text, cell.colour) : cell.text;
        return columns[index]?.align === 'right' ? gap + text : text + gap;
      })
      .join('  ')
      .trimEnd(),
  );
}

function cellOf<Row>(column: Column<Row>, row: Row): { readonly text: string; readonly colour: Colour | undefined } {
  return { text: printable(column.value(row)), colour: column.colour?.(row) };
}

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r' };

/**
 * Text from outside, safe on a terminal: control characters, and those that turn the direction of writing, become visible
 * instead of acting.
 */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => named[character] ?? escapeCharacter(character.charCodeAt(0)),
  );
}

function escapeCharacter(code: number): string {
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
