import { cellWidth } from './cell-width.ts';
import { clipLine } from './clip-line.ts';
import { type Colour, paint } from './colours.ts';
import { type ColumnNeed, fitColumns, gutter } from './fit-columns.ts';
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
  /** What takes its place where the terminal is narrower still, such as `R` for RUNNING. */
  readonly short?: { readonly title: string; readonly value: (row: Row) => string };
}

export interface TableOptions {
  readonly colour?: boolean | undefined;
  /** Of the terminal; without one nothing is ever cut: what a program reads in a pipe is whole. */
  readonly columns?: number | undefined;
  readonly signs?: Signs | undefined;
}

/** Borderless aligned columns, two spaces apart. Widths count terminal cells, so Japanese names line up. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { colour = false, columns: room, signs }: TableOptions = {},
): string[] {
  const parts = measure(columns, rows, room);
  return Array.from({ length: rows.length + 1 }, (_, line) =>
    joined(parts.map((part) => aligned(part.cells[line], part, { colour, signs }))),
  );
}

/** Where the columns of a table stand, for one that is drawn line by line. */
export interface TableLayout<Row> {
  readonly columns: readonly LaidColumn<Row>[];
  readonly signs: Signs | undefined;
}

interface LaidColumn<Row> {
  /** In the form in which it is shown. */
  readonly column: Column<Row>;
  readonly width: number;
}

/** Looks at every row once, so that a table of which only a part is drawn does not move when another part is. */
export function layoutTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { columns: room, signs }: Pick<TableOptions, 'columns' | 'signs'>,
): TableLayout<Row> {
  return { columns: measure(columns, rows, room).map(({ column, width }) => ({ column, width })), signs };
}

/** The line of titles. */
export function titleLine<Row>({ columns, signs }: TableLayout<Row>): string {
  return joined(columns.map((laid) => aligned(cellsOf(laid.column, [])[0], laid, { signs })));
}

/** The line of one row. */
export function rowLine<Row>({ columns, signs }: TableLayout<Row>, row: Row, colour: boolean): string {
  return joined(columns.map((laid) => aligned(cellsOf(laid.column, [row])[1], laid, { colour, signs })));
}

interface Cell {
  readonly text: string;
  readonly width: number;
  readonly colour: Colour | undefined;
}

/** A column as it is shown: its title and a cell for each row. */
interface Part<Row> extends LaidColumn<Row> {
  readonly cells: readonly Cell[];
}

function measure<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  room: number | undefined,
): readonly Part<Row>[] {
  const long = columns.map((column) => ({ column, cells: cellsOf(column, rows) }));
  if (room === undefined) return long.map((form) => ({ ...form, width: widest(form.cells) }));
  const short = columns.map(({ short: form, ...rest }) => {
    if (form === undefined) return undefined;
    const column = { ...rest, ...form };
    return { column, cells: cellsOf(column, rows) };
  });
  const needs = long.map(({ column, cells }, at) => needOf(column, cells, short[at]?.cells));
  return fitColumns(needs, room).flatMap(({ index, isShort, width }) => {
    const form = (isShort ? short[index] : undefined) ?? long[index];
    return form === undefined ? [] : [{ ...form, width }];
  });
}

function cellsOf<Row>({ title, value, colour }: Column<Row>, rows: readonly Row[]): readonly Cell[] {
  const cell = (text: string, hue: Colour | undefined): Cell => ({ text, width: cellWidth(text), colour: hue });
  return [cell(title, undefined), ...rows.map((row) => cell(printable(value(row)), colour?.(row)))];
}

function widest(cells: readonly Cell[]): number {
  return cells.reduce((width, cell) => Math.max(width, cell.width), 0);
}

function needOf<Row>(
  { elastic, drop }: Column<Row>,
  cells: readonly Cell[],
  short: readonly Cell[] | undefined,
): ColumnNeed {
  const size = ([title, ...body]: readonly Cell[]) => ({ title: title?.width ?? 0, body: widest(body) });
  return {
    ...size(cells),
    ...{ elastic, drop },
    short: short === undefined ? undefined : size(short),
  };
}

function aligned<Row>(
  cell: Cell | undefined,
  { column, width }: LaidColumn<Row>,
  { colour, signs }: Pick<TableOptions, 'colour' | 'signs'>,
): string {
  if (cell === undefined) return '';
  const isCut = cell.width > width;
  const shown = isCut ? clipLine(cell.text, width, signs) : cell.text;
  const gap = ' '.repeat(Math.max(0, width - (isCut ? cellWidth(shown) : cell.width)));
  const text = colour === true ? paint(shown, cell.colour) : shown;
  return column.align === 'right' ? gap + text : text + gap;
}

function joined(cells: readonly string[]): string {
  return cells.join(' '.repeat(gutter)).trimEnd();
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

/** Text of several lines, such as a script: the lines and their tabs stay. */
export function printableLines(text: string): string {
  return text
    .split(/([\n\t])/)
    .map((part) => (part === '\n' || part === '\t' ? part : printable(part)))
    .join('');
}

function escapeCharacter(code: number): string {
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
