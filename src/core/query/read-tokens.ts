import { queryError } from './query-error.ts';

export type TokenKind = 'name' | 'quoted' | 'literal' | 'number' | 'sign' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As it is written: `[?`, `name`. */
  readonly text: string;
  /** What a literal, a quoted name or a number stands for. */
  readonly value?: unknown;
  /** Index of its first character. */
  readonly at: number;
}

const patterns: Readonly<Record<Exclude<TokenKind, 'end'>, RegExp>> = {
  name: /[A-Za-z_][A-Za-z0-9_]*/y,
  quoted: /"(?:[^"\\]|\\.)*"/sy,
  literal: /`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*'/sy,
  number: /-?[0-9]+/y,
  sign: /\[\?|\[\]|\|\||&&|==|!=|<=|>=|[[\](){}.,:|&@*<>!]/y,
};

/** The words of a JMESPath expression, and at their end one of kind `end`. Throws a UsageError. */
export function readTokens(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (/[ \t\r\n]/.test(text[at] ?? '')) at += 1;
    if (at >= text.length) return [...tokens, { kind: 'end', text: '', at: text.length }];
    const token = tokenAt(text, at);
    tokens.push(token);
    at += token.text.length;
  }
}

function tokenAt(text: string, at: number): Token {
  for (const kind of Object.keys(patterns) as (keyof typeof patterns)[]) {
    const pattern = patterns[kind];
    pattern.lastIndex = at;
    const word = pattern.exec(text)?.[0];
    if (word !== undefined) return { kind, text: word, at, ...valueOfToken(kind, word, { text, at }) };
  }
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (/["'`]/.test(character)) {
    throw queryError(text, { at, what: `no ${character} ends what begins here`, hint: quotesHint });
  }
  const what = `\`${character}\` means nothing here`;
  throw queryError(text, {
    at,
    what,
    ...(character === '=' ? { hint: 'Compare with ==, for example [?gpus == `4`].' } : {}),
  });
}

const quotesHint = 'Put the whole expression into quotes for the shell, and a text in it into the other ones.';

function valueOfToken(
  kind: TokenKind,
  word: string,
  place: { readonly text: string; readonly at: number },
): { readonly value?: unknown } {
  if (kind === 'number') return { value: Number(word) };
  if (kind === 'quoted')
    return { value: parseJson(word, { ...place, hint: 'A name in double quotes is a text of JSON.' }) };
  if (kind !== 'literal') return {};
  const inner = word.slice(1, -1);
  // In single quotes a backslash is one, but for that before a quote.
  if (word.startsWith("'")) return { value: inner.replaceAll("\\'", "'") };
  const json = inner.replaceAll('\\`', '`').trim();
  const hint = /^[\w .-]+$/.test(json)
    ? `A text stands in single quotes: '${json}'.`
    : 'Between backquotes stands JSON.';
  return { value: parseJson(json, { ...place, hint }) };
}

interface Place {
  readonly text: string;
  readonly at: number;
  readonly hint: string;
}

function parseJson(json: string, { text, at, hint }: Place): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw queryError(text, { at, what: `\`${json}\` is no JSON`, hint });
  }
}
