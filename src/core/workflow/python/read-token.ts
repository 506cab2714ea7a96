import { refuse, syntaxError } from './python-error.ts';

export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'sign' | 'newline' | 'end';
  /** Of a string, only what it begins with: `f"`, `r'''`. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const blanks = /(?:[ \t\f]|\\\r?\n|#[^\r\n]*)*/y;
const blanksAndLines = /(?:[ \t\f\r\n]|\\\r?\n|#[^\r\n]*)*/y;
const lineEnd = /\r?\n/y;
const string = /[rbfuRBFU]{0,2}(?:'''|"""|'|")/y;
const name = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
const number =
  /0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|(?:(?:\d(?:_?\d)*)?\.\d(?:_?\d)*|\d(?:_?\d)*\.?)(?:[eE][-+]?\d(?:_?\d)*)?/y;
const sign = /\*\*=|\/\/=|<<=|>>=|\.\.\.|\*\*|\/\/|<<|>>|<=|>=|==|!=|->|:=|[-+*/%&|^@]=|[-+*/%&|^~@<>=()[\]{},:.;!]/y;

/** These may stand directly behind a number: `1if x else 2`. */
const wordsAfterNumber = /(?:and|else|for|if|in|is|not|or)(?![\p{ID_Continue}])/uy;

/** The token at or behind a place. Inside of brackets the ends of lines are blanks. */
export function readToken(text: string, from: number, { inBrackets }: { readonly inBrackets: boolean }): Token {
  const start = endOf(inBrackets ? blanksAndLines : blanks, text, from) ?? from;
  if (start >= text.length) return { kind: 'end', text: '', start, end: start };
  const patterns = [
    ['newline', lineEnd],
    ['string', string],
    ['name', name],
    ['number', number],
    ['sign', sign],
  ] as const;
  for (const [kind, pattern] of patterns) {
    const end = endOf(pattern, text, start);
    if (end === undefined) continue;
    if (kind === 'number') checkNumber(text, start, end);
    return { kind, text: text.slice(start, end), start, end };
  }
  const character = String.fromCodePoint(text.codePointAt(start) ?? 0);
  return syntaxError(`\`${character}\` has no meaning here`, start);
}

function endOf(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function checkNumber(text: string, start: number, end: number): void {
  const written = text.slice(start, end);
  if (/^0[_\d]*[1-9][_\d]*$/.test(written)) {
    syntaxError(
      'leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers',
      start,
    );
  }
  if (/[jJ]/.test(text.charAt(end))) refuse('a complex number', start);
  const isGlued = endOf(name, text, end) !== undefined || /\d/.test(text.charAt(end));
  if (isGlued && endOf(wordsAfterNumber, text, end) === undefined) syntaxError('invalid number', start);
}
