import { syntaxError } from './python-error.ts';

const simple: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const escapes = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|\r?(\n)|([\s\S]))/g;

/** The text that is meant by what stands between quotes. An escape that Python does not know stays as it is, as in Python. */
export function decodeEscapes(body: string, offset: number): string {
  if (!body.includes('\\')) return body;
  return body.replace(escapes, (all: string, ...found: (string | undefined)[]) => {
    const [byte, short, long, octal, lineEnd, letter = lineEnd ?? ''] = found;
    const hex = byte ?? short ?? long;
    if (hex !== undefined) return characterOf(Number.parseInt(hex, 16), offset);
    if (octal !== undefined) return characterOf(Number.parseInt(octal, 8), offset);
    if (letter === 'N') syntaxError('characters by name (`\\N{...}`) are not available', offset);
    if (/[xuU]/.test(letter)) syntaxError(`truncated \\${letter} escape`, offset);
    return Object.hasOwn(simple, letter) ? (simple[letter] ?? '') : all;
  });
}

function characterOf(code: number, offset: number): string {
  return code > 0x10ffff ? syntaxError('illegal Unicode character', offset) : String.fromCodePoint(code);
}
