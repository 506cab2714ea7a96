import { cellWidth } from './cell-width.ts';
import { clipLine } from './clip-line.ts';

export interface WrapOptions {
  readonly columns: number;
  /** Words stay whole where they are not longer than a line, and what is indented stays so. */
  readonly words?: boolean;
  /** No more lines than that: the last one says that there is more. */
  readonly most?: number;
}

/** A line broken to the width of a terminal. For text without colours. */
export function wrapText(text: string, { columns, words = false, most }: WrapOptions): readonly string[] {
  if (cellWidth(text) <= columns) return [text];
  const indent = words ? (/^ */.exec(text)?.[0] ?? '').slice(0, Math.floor(columns / 3)) : '';
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const character of text) {
    // A wide character has no place where there is one cell.
    const shown = cellWidth(character) > columns - indent.length ? '?' : character;
    if (width + cellWidth(shown) > columns) {
      const end = words && shown !== ' ' ? wordEnd(line, columns - indent.length - cellWidth(shown)) : line.length;
      lines.push(line.slice(0, end).trimEnd());
      line = indent + line.slice(end);
      width = cellWidth(line);
      if (words && shown === ' ') continue;
    }
    line += shown;
    width += cellWidth(shown);
  }
  lines.push(line);
  if (most === undefined || lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), clipLine(lines.slice(most - 1).join(' '), columns)];
}

/** Where the last word of a full line begins that has room in the next one; without one, the end of the line. */
function wordEnd(line: string, room: number): number {
  const at = line.lastIndexOf(' ') + 1;
  return line.slice(0, at).trim() === '' || cellWidth(line.slice(at)) > room ? line.length : at;
}
