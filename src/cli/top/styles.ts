import { cellWidth } from '../cell-width.ts';
import { clipLine } from '../clip-line.ts';
import { asciiSigns, unicodeSigns } from '../signs.ts';

const end = '\x1b[0m';

/** Attributes, which a terminal without colours has, too. They go on behind a colour. */
function attribute(text: string, code: string): string {
  return text === '' ? '' : `\x1b[${code}m${text.replaceAll(end, `\x1b[0;${code}m`)}${end}`;
}

export function bold(text: string): string {
  return attribute(text, '1');
}

export function dim(text: string): string {
  return attribute(text, '2');
}

/** A bar over the whole width. */
export function reverse(text: string, columns: number): string {
  return attribute(text + ' '.repeat(Math.max(0, columns - cellWidth(text))), '7');
}

export interface Drawing {
  readonly columns: number;
  readonly colour: boolean;
  /** The terminal shows more than ASCII. */
  readonly unicode: boolean;
}

/** Without colours and attributes. */
export function unstyled(text: string): string {
  return text.replaceAll(/\x1b\[[0-9;]*m/g, '');
}

/** A line as this terminal can show it: never wider, without colours it shall not have, without characters it cannot show. */
export function fitLine(line: string, { columns, colour, unicode }: Drawing): string {
  const clipped = clipLine(line, columns);
  const readable = unicode ? clipped : toAscii(clipped);
  return colour ? readable : readable.replace(/\x1b\[(?:3[0-7]|9[0-7])m/g, '');
}

const replacements: Readonly<Record<string, string>> = {
  [unicodeSigns.cut]: asciiSigns.cut,
  [unicodeSigns.up]: asciiSigns.up,
  [unicodeSigns.down]: asciiSigns.down,
};

/** What a locale without UTF-8 cannot show, in as many cells. */
function toAscii(text: string): string {
  return text.replace(/[^\x00-\x7f]/gu, (character) => replacements[character] ?? '?'.repeat(cellWidth(character)));
}
