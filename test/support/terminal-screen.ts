import { cellWidth } from '../../src/cli/cell-width.ts';

/** What a terminal shows that was sent some text: as much of it as full-screen programs of ours use. */
export interface TerminalScreen {
  write(text: string): void;
  resize(size: { readonly columns: number; readonly rows: number }): void;
  /** Without colours, and without spaces at the end. */
  rows(): readonly string[];
  /** The alternate screen is shown. */
  isAlternate(): boolean;
  isCursorHidden(): boolean;
}

const token = /\x1b\[(\??)([\d;]*)([A-Za-z])|[\s\S]/gu;

/** Throws for a sequence that it does not know: a test must not pass because it was left out. */
export function terminalScreen(
  size: { readonly columns: number; readonly rows: number } = { columns: 80, rows: 24 },
): TerminalScreen {
  let { columns, rows } = size;
  /** One text per cell; the second cell of a wide character is empty. */
  let cells: string[][] = [];
  let isCursorShown = true;
  let row = 0;
  let column = 0;
  /** The other screen, and where the cursor stood there. */
  let kept: { readonly cells: string[][]; readonly row: number; readonly column: number } | undefined;
  const blank = () => {
    cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => ' '));
  };
  blank();
  const swap = (isAlternate: boolean) => {
    if (isAlternate && kept === undefined) {
      kept = { cells, row, column };
      blank();
    } else if (!isAlternate && kept !== undefined) {
      ({ cells, row, column } = kept);
      kept = undefined;
    }
  };
  const feed = () => {
    if (row < rows - 1) row += 1;
    else cells = [...cells.slice(1), Array.from({ length: columns }, () => ' ')];
  };
  const put = (character: string) => {
    const line = cells[row];
    const width = cellWidth(character);
    // What is drawn over another character is left out.
    if (line === undefined || width === 0) return;
    // As with autowrap off: what has no room any more replaces the last cell.
    const at = Math.min(column, columns - width);
    line[at] = character;
    if (width === 2) line[at + 1] = '';
    column = at + width;
  };
  const control = (mode: string, values: string, command: string) => {
    const [first = '', second = ''] = values.split(';');
    if (mode === '?' && (command === 'h' || command === 'l')) {
      const isOn = command === 'h';
      if (values === '1049') swap(isOn);
      else if (values === '25') isCursorShown = isOn;
      else if (values !== '7') throw new Error(`the terminal has no mode ${values}`);
    } else if (command === 'H') {
      row = Number(first || 1) - 1;
      column = Number(second || 1) - 1;
    } else if (command === 'K') cells[row]?.fill(' ', column);
    else if (command === 'J' && first === '2') blank();
    else if (command !== 'm') throw new Error(`the terminal does not know ESC [ ${mode}${values}${command}`);
  };
  return {
    write(text) {
      for (const [part, mode = '', values = '', command] of text.matchAll(token)) {
        if (command !== undefined) control(mode, values, command);
        else if (part === '\n') feed();
        else if (part === '\r') column = 0;
        else put(part);
      }
    },
    resize(next) {
      ({ columns, rows } = next);
      blank();
    },
    rows: () => cells.map((line) => line.join('').trimEnd()),
    isAlternate: () => kept !== undefined,
    isCursorHidden: () => !isCursorShown,
  };
}
