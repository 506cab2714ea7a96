import type { JoinedPart, Node } from './node.ts';
import { nodesOfParts } from './node.ts';
import { accept, continueAt, isAt, nested, type Parser, parseExpression, placed, take, unexpected } from './parser.ts';
import { refuse, syntaxError } from './python-error.ts';
import { decodeEscapes } from './string-literal.ts';

/** One string, or several beside each other, which are one. */
export function parseStrings(parser: Parser): Node {
  const { start } = parser.token;
  const parts: JoinedPart[] = [];
  while (parser.token.kind === 'string') parts.push(...parseString(parser));
  if (parts.every((part) => typeof part === 'string')) {
    return { kind: 'constant', value: parts.join(''), ...placed(start, []) };
  }
  return { kind: 'joined', parts, ...placed(start, nodesOfParts(parts)) };
}

interface StringKind {
  readonly quote: string;
  readonly isRaw: boolean;
  /** Of the beginning, for errors. */
  readonly start: number;
}

function parseString(parser: Parser): JoinedPart[] {
  const { text, start, end } = parser.token;
  const { prefix = '', quote = '' } = /^(?<prefix>[a-z]*)(?<quote>.*)$/.exec(text.toLowerCase())?.groups ?? {};
  if (prefix.includes('b')) refuse('a text of bytes (`b"..."`)', start, 'Leave out the `b`.');
  if (!/^(?:|r|u|f|rf|fr)$/.test(prefix)) syntaxError(`\`${prefix}\` cannot stand before a text`, start);
  const kind = { quote, isRaw: prefix.includes('r'), start };
  if (prefix.includes('f')) {
    const { parts, at } = nested(parser, () => parseParts(parser, kind, { from: end, inSpec: false }));
    continueAt(parser, at + quote.length);
    return parts;
  }
  const close = endOfText(parser.text, end, kind);
  continueAt(parser, close + quote.length);
  const body = parser.text.slice(end, close);
  return [kind.isRaw ? body : decodeEscapes(body, start)];
}

function endOfText(text: string, from: number, kind: StringKind): number {
  let at = from;
  while (!text.startsWith(kind.quote, at)) {
    checkInside(text, at, kind);
    at += text.charAt(at) === '\\' ? 2 : 1;
  }
  return at;
}

function checkInside(text: string, at: number, { quote, start }: StringKind): void {
  if (at >= text.length || (quote.length === 1 && text.charAt(at) === '\n')) {
    syntaxError('unterminated string literal', start);
  }
}

/** Text and fields of an f-string up to its end, or of the specification of a field up to `}`. */
function parseParts(
  parser: Parser,
  kind: StringKind,
  { from, inSpec }: { readonly from: number; readonly inSpec: boolean },
): { readonly parts: JoinedPart[]; readonly at: number } {
  const { text } = parser;
  const parts: JoinedPart[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') parts.push(kind.isRaw ? plain : decodeEscapes(plain, kind.start));
    plain = '';
  };
  let at = from;
  while (!(inSpec ? text.charAt(at) === '}' : text.startsWith(kind.quote, at))) {
    checkInside(text, at, kind);
    const letter = text.charAt(at);
    const isDouble = !inSpec && text.charAt(at + 1) === letter;
    if (letter === '{' && !isDouble) {
      flush();
      const field = nested(parser, () => parseField(parser, kind, at));
      parts.push(...field.parts);
      at = field.at;
    } else if (letter === '}' && !isDouble) {
      syntaxError("f-string: single '}' is not allowed", at);
    } else {
      const isPair = letter === '{' || letter === '}' || (letter === '\\' && !/[{}]/.test(text.charAt(at + 1)));
      plain += letter === '\\' && isPair ? text.slice(at, at + 2) : letter;
      at += isPair ? 2 : 1;
    }
  }
  flush();
  return { parts, at };
}

/** `{value!r:spec}`; `at` is behind it. */
function parseField(
  parser: Parser,
  kind: StringKind,
  start: number,
): { readonly parts: readonly JoinedPart[]; readonly at: number } {
  const { brackets, isField } = parser;
  parser.brackets = 1;
  parser.isField = true;
  continueAt(parser, start + 1);
  if (isAt(parser, '}')) syntaxError("f-string: valid expression required before '}'", start);
  const value = parseFieldValue(parser);
  const written = isAt(parser, '=') ? takeWritten(parser, start + 1) : undefined;
  const conversion = isAt(parser, '!') ? takeConversion(parser) : undefined;
  const spec = isAt(parser, ':') || isAt(parser, ':=') ? parseSpec(parser, kind) : [];
  if (!isAt(parser, '}')) unexpected(parser, 'expected `}` in an f-string');
  const at = parser.token.end;
  parser.brackets = brackets;
  parser.isField = isField;
  const isPlain = conversion === undefined && spec.length === 0;
  const chosen = conversion ?? (written !== undefined && isPlain ? 'r' : '');
  return { parts: [...(written === undefined ? [] : [written]), { value, conversion: chosen, spec }], at };
}

/** `{a, b}` is a tuple. */
function parseFieldValue(parser: Parser): Node {
  const { start } = parser.token;
  const first = parseExpression(parser);
  if (!isAt(parser, ',')) return first;
  const items = [first];
  while (accept(parser, ',') && !isAt(parser, '}')) items.push(parseExpression(parser));
  return { kind: 'tuple', items, ...placed(start, items) };
}

/** `{x=}` shows what is written, too. */
function takeWritten(parser: Parser, from: number): string {
  take(parser);
  return parser.text.slice(from, parser.token.start);
}

function takeConversion(parser: Parser): 'r' | 's' | 'a' {
  take(parser);
  const { text, start } = parser.token;
  if (text !== 'r' && text !== 's' && text !== 'a') {
    return syntaxError("f-string: invalid conversion character: expected 's', 'r', or 'a'", start);
  }
  take(parser);
  return text;
}

function parseSpec(parser: Parser, kind: StringKind): readonly JoinedPart[] {
  const { parts, at } = parseParts(parser, kind, { from: parser.token.start + 1, inSpec: true });
  continueAt(parser, at);
  return parts;
}
