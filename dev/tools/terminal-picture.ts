import { text } from 'node:stream/consumers';

/**
 * Draws what a terminal shows at the end of a session as SVG. Read from a recording, so that the picture in the README is the
 * program's real output:
 *
 *   script -qec 'npm run -s demo' /dev/null | node dev/tools/terminal-picture.ts > docs/demo.svg
 */

interface Cell {
  readonly character: string;
  readonly style: string;
}

const columns = 100;
const cellWidth = 8.4;
const lineHeight = 19;
const margin = 20;

/** The few colours that srunx uses, by their number in SGR sequences. */
const colours: Readonly<Record<string, string>> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  35: '#d2a8ff',
  36: '#79c0ff',
};

/** The rows on the screen at the end. Knows line breaks, cursor up, clearing to the end of line and screen, and colours. */
export function finalScreen(session: string, width: number): readonly (readonly Cell[])[] {
  const rows: Cell[][] = [[]];
  let row = 0;
  let column = 0;
  let style = '';
  for (const [token, , count = '', command] of session.matchAll(/(\x1b\[\??([\d;]*)([A-Za-z]))|\r|\n|[^\x1b]/gsu)) {
    if (command === 'A') row = Math.max(0, row - Number(count || 1));
    else if (command === 'K') rows[row]?.splice(column);
    else if (command === 'J') {
      rows[row]?.splice(column);
      rows.splice(row + 1);
    } else if (command === 'm') style = count === '0' || count === '' ? '' : (count.split(';').at(-1) ?? '');
    else if (token === '\r') column = 0;
    else if (token === '\n' || command === undefined) {
      if (token === '\n' || column === width) {
        row += 1;
        column = 0;
      }
      while (rows.length <= row) rows.push([]);
      if (token === '\n') continue;
      const line = rows[row] ?? [];
      while (line.length < column) line.push({ character: ' ', style: '' });
      line[column] = { character: token, style };
      column += 1;
    }
  }
  return rows;
}

export function renderPicture(rows: readonly (readonly Cell[])[]): string {
  const width = Math.ceil(columns * cellWidth + 2 * margin);
  const height = rows.length * lineHeight + 2 * margin;
  const lines = rows.flatMap((cells, index) => {
    if (cells.length === 0) return [];
    const y = margin + (index + 0.75) * lineHeight;
    return `<text x="${margin}" y="${y}">${runs(cells).map(renderRun).join('')}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    '<title>A workflow run by srunx in a terminal</title>',
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3" xml:space="preserve">',
    ...lines,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function runs(cells: readonly Cell[]): readonly Cell[] {
  const joined: { character: string; style: string }[] = [];
  for (const { character, style } of cells) {
    const last = joined.at(-1);
    if (last?.style === style) last.character += character;
    else joined.push({ character, style });
  }
  return joined;
}

function renderRun({ character, style }: Cell): string {
  const escaped = character.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const colour = colours[style];
  if (colour !== undefined) return `<tspan fill="${colour}">${escaped}</tspan>`;
  return style === '1' ? `<tspan font-weight="bold">${escaped}</tspan>` : escaped;
}

if (import.meta.main) {
  // What follows the result is advice for the person at the terminal.
  const [session = ''] = (await text(process.stdin)).split('\nTry next:');
  process.stdout.write(renderPicture(finalScreen(session.trimEnd(), columns)));
}
