/** What a column needs, in cells of a terminal. */
export interface ColumnNeed {
  readonly title: number;
  /** The widest text below the title. */
  readonly body: number;
  /** May be shortened. */
  readonly elastic?: true | undefined;
  /** Where there is no room for all, the column with the highest number goes first; one without a number stays. */
  readonly drop?: number | undefined;
  /** The same in fewer letters, where it has such a form. */
  readonly short?: { readonly title: number; readonly body: number } | undefined;
}

export interface FittedColumn {
  /** Which of the columns it is. */
  readonly index: number;
  readonly width: number;
  /** In its short form, where it has one. */
  readonly isShort: boolean;
}

/** Between two columns. */
export const gutter = 2;

/** So many columns are left at least: the first ones say what a row is about. */
const leastColumns = 3;

/** An elastic column is not made narrower than that while others may go: what is left of a text would say little. */
const comfortableWidth = 12;
const tightWidth = 10;
const leastWidth = 4;

/** Short forms come before a column with such a number goes: time and reason are worth more than the long word for a state. */
const preciousDrop = 2;

/**
 * Which columns a terminal has room for, and how wide they are. In this order, until they fit: long texts are shortened;
 * columns go, those first that are missed least; what has a short form takes it, and the last ones go; texts are shortened
 * further; titles are cut. Nothing else is ever cut, so on the narrowest terminals lines may still be too long.
 */
export function fitColumns(needs: readonly ColumnNeed[], room: number): readonly FittedColumn[] {
  const all = needs.map((need, index): Candidate => ({ index, need, isShort: false }));
  const columns = chooseColumns(all, room);
  const { comfortable, least, body } = floors;
  let widths: readonly number[] = [];
  for (const floor of [comfortable, least, body]) {
    widths = squeeze(columns, { floor, room });
    if (totalWidth(widths) <= room) break;
  }
  return columns.map(({ index, isShort }, at) => ({ index, isShort, width: widths[at] ?? 0 }));
}

/** How narrow a column may become, step by step. */
const floors = {
  comfortable: (column: Candidate) =>
    column.need.elastic !== true ? natural(column) : column.isShort ? tightWidth : comfortableWidth,
  least: (column: Candidate) => (column.need.elastic === true ? leastWidth : natural(column)),
  body: (column: Candidate) => (column.need.elastic === true ? leastWidth : Math.max(sizeOf(column).body, leastWidth)),
};

function chooseColumns(all: readonly Candidate[], room: number): readonly Candidate[] {
  let columns = all;
  while (!isComfortable(columns, room)) {
    const index = mostDispensable(columns);
    const isPrecious = (columns[index ?? -1]?.need.drop ?? 0) <= preciousDrop;
    if (isPrecious && columns.some(({ isShort }) => !isShort))
      columns = columns.map((column) => ({ ...column, isShort: true }));
    else if (index === undefined) break;
    else columns = columns.toSpliced(index, 1);
  }
  // What did not save a column is not needed.
  const long = columns.map((column) => ({ ...column, isShort: false }));
  return isComfortable(long, room) ? long : columns;
}

function isComfortable(columns: readonly Candidate[], room: number): boolean {
  return totalWidth(columns.map((column) => Math.min(natural(column), floors.comfortable(column)))) <= room;
}

interface Candidate {
  readonly index: number;
  readonly need: ColumnNeed;
  readonly isShort: boolean;
}

function sizeOf({ need, isShort }: Candidate): { readonly title: number; readonly body: number } {
  return isShort && need.short !== undefined ? need.short : need;
}

function natural(column: Candidate): number {
  const { title, body } = sizeOf(column);
  return Math.max(title, body);
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + gutter, -gutter);
}

/** The column that is missed least: the one said to be, else the last; `undefined` where the rest must stay. */
function mostDispensable(columns: readonly Candidate[]): number | undefined {
  const drop = Math.max(...columns.map(({ need }) => need.drop ?? 0));
  if (drop > 0) return columns.findLastIndex(({ need }) => need.drop === drop);
  return columns.length > leastColumns ? columns.length - 1 : undefined;
}

/** Takes what is missing from the widest column that is wider than it must be, cell by cell. */
function squeeze(
  columns: readonly Candidate[],
  { floor, room }: { readonly floor: (column: Candidate) => number; readonly room: number },
): readonly number[] {
  const widths = columns.map(natural);
  const least = columns.map(floor);
  for (let missing = totalWidth(widths) - room; missing > 0; missing -= 1) {
    let widest = -1;
    for (const [index, width] of widths.entries()) {
      if (width > (least[index] ?? 0) && width > (widths[widest] ?? 0)) widest = index;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
