import { cellWidth } from './cell-width.ts';
import { type Signs, unicodeSigns } from './signs.ts';

const parts = /\x1b\[[0-9;]*m|[^\x1b]/gu;

/** A line cut to the width of a terminal, with a sign where something is missing. Colours take no room and are ended. */
export function clipLine(line: string, columns: number, { cut }: Pick<Signs, 'cut'> = unicodeSigns): string {
  if (cellWidth(line) <= columns) return line;
  let width = 0;
  let coloured = false;
  let kept = '';
  for (const [part] of line.matchAll(parts)) {
    const isColour = part.startsWith('\x1b');
    const next = isColour ? width : width + cellWidth(part);
    if (next > columns - 1) break;
    width = next;
    coloured ||= isColour;
    kept += part;
  }
  return `${kept}${cut}${coloured ? '\x1b[0m' : ''}`;
}
