import { printable } from './table.ts';

export interface Separation {
  readonly format: 'csv' | 'tsv';
  readonly isTerminal: boolean;
}

/** Raw values in one line: however wild the texts are in TSV, quoted where needed in CSV. */
export function separatedLine(cells: readonly string[], { format, isTerminal }: Separation): string {
  const safe = isTerminal ? printable : (text: string) => text;
  return cells
    .map(format === 'csv' ? quoteCsv : escapeTsv)
    .map(safe)
    .join(format === 'csv' ? ',' : '\t');
}

function quoteCsv(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const tsvEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escapeTsv(text: string): string {
  return text.replaceAll(/[\\\t\n\r]/g, (character) => tsvEscapes[character] ?? '');
}
