import { cellWidth } from './cell-width.ts';
import { clipLine } from './clip-line.ts';
import { type Colour, paint } from './colours.ts';
import type { Signs } from './signs.ts';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'right';
  readonly colour?: (row: Row) => Colour | undefined;
  /** May be shortened where the terminal is too narrow. */
  readonly elastic?: true;
  /** Where that does not suffice, the column with the highest number goes; one without a number stays. */
  readonly drop?: number;
}

export interface TableOptions {
  readonly colour?: boolean | undefined;
  /** Of the terminal; without one nothing is ever cut: what a program reads in a pipe is whole. */
  readonly columns?: number | undefined;
  readonly signs?: Signs | undefined;
}

/** Between two columns. */
const gutter = 2;

/** An elastic column is not made narrower than that: what is left of a text would say nothing. */
const leastWidth = 12;

/** Borderless aligned columns, two spaces apart. Widths count terminal cells, so Japanese names line up. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { colour = false, columns: room, signs }: TableOptions = {},
): string[] {
  const titles = columns.map(({ title }) => ({ text: title, colour: undefined }));
  const body = rows.map((row) => columns.map((column) => cellOf(column, row)));
  const cells = [titles, ...body].map((line) => line.map((cell) => ({ ...cell, width: cellWidth(cell.text) })));
  const widest = columns.map((_, index) => cells.reduce((width, line) => Math.max(width, line[index]?.width ?? 0), 0));
  const widths = room === undefined ? widest : fitWidths(widest, { columns, room });
  if (room !== undefined && totalWidth(widths) > room) {
    const fewer = withoutOne(columns);
    if (fewer !== undefined) return formatTable(fewer, rows, { colour, columns: room, signs });
  }
  return cells.map((line) =>
    line
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        const shown = cell.width > width ? clipLine(cell.text, width, signs) : cell.text;
        const gap = ' '.repeat(width - (cell.width > width ? cellWidth(shown) : cell.width));
        const text = colour ? paint(shown, cell.colour) : shown;
        return columns[index]?.align === 'right' ? gap + text : text + gap;
      })
      .join(' '.repeat(gutter))
      .trimEnd(),
  );
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + gutter, -gutter);
}

/** So many columns are left at least: the first ones say what a row is about. */
const leastColumns = 3;

/** The columns without the one that is missed least: the one said to be, else the last; `undefined` where the rest must stay. */
function withoutOne<Row>(columns: readonly Column<Row>[]): readonly Column<Row>[] | undefined {
  const drop = Math.max(...columns.map((column) => column.drop ?? 0));
  if (drop > 0)
    return columns.toSpliced(
      columns.findLastIndex((column) => column.drop === drop),
      1,
    );
  return columns.length > leastColumns ? columns.slice(0, -1) : undefined;
}

/** Takes what is missing from the widest elastic column, cell by cell. */
function fitWidths(
  widest: readonly number[],
  { columns, room }: { readonly columns: readonly { readonly elastic?: true }[]; readonly room: number },
): readonly number[] {
  const widths = [...widest];
  const elastic = columns.flatMap((column, index) => (column.elastic === true ? [index] : []));
  for (let missing = totalWidth(widths) - room; missing > 0; missing -= 1) {
    const index = elastic.reduce((a, b) => ((widths[b] ?? 0) > (widths[a] ?? 0) ? b : a), elastic[0] ?? -1);
    const width = widths[index] ?? 0;
    if (width <= leastWidth) break;
    widths[index] = width - 1;
  }
  return widths;
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
