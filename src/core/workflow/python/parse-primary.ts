import { hintFor, keywords } from './keywords.ts';
import type { Node } from './node.ts';
import { parseNumberLiteral } from './numerals.ts';
import { parseBraces, parseList, parseParentheses } from './parse-brackets.ts';
import { parseClauses } from './parse-comprehension.ts';
import { parseStrings } from './parse-string.ts';
import { accept, close, isAt, open, type Parser, parseExpression, placed, take, unexpected } from './parser.ts';
import { refuse, syntaxError } from './python-error.ts';

/** A value with what follows it: `a.b[0](x)`. */
export function parsePrimary(parser: Parser): Node {
  let node = parseAtom(parser);
  for (;;) {
    if (isAt(parser, '.')) node = parseAttribute(parser, node);
    else if (isAt(parser, '[')) node = parseSubscript(parser, node);
    else if (isAt(parser, '(')) node = parseCall(parser, node);
    else return node;
  }
}

function parseAtom(parser: Parser): Node {
  const { kind, text, start } = parser.token;
  if (kind === 'number') {
    take(parser);
    return { kind: 'constant', value: parseNumberLiteral(text), ...placed(start, []) };
  }
  if (kind === 'string') return parseStrings(parser);
  if (kind === 'name') return parseName(parser);
  if (isAt(parser, '(')) return parseParentheses(parser);
  if (isAt(parser, '[')) return parseList(parser);
  if (isAt(parser, '{')) return parseBraces(parser);
  if (isAt(parser, '*') || isAt(parser, '**')) refuse(`unpacking with \`${text}\``, start);
  if (isAt(parser, '...')) refuse('`...`', start);
  return unexpected(parser);
}

const constants: ReadonlyMap<string, null | boolean> = new Map([
  ['None', null],
  ['True', true],
  ['False', false],
]);

function parseName(parser: Parser): Node {
  const { text, start } = parser.token;
  const constant = constants.get(text);
  const keyword = keywords.get(text);
  if (keyword !== undefined) refuse(keyword, start, hintFor(text));
  if (constant === undefined && keywords.isOperator(text)) unexpected(parser);
  take(parser);
  if (constant !== undefined) return { kind: 'constant', value: constant, ...placed(start, []) };
  return { kind: 'name', name: text.normalize('NFKC'), ...placed(start, []) };
}

function parseAttribute(parser: Parser, object: Node): Node {
  take(parser);
  const { kind, text, start } = parser.token;
  if (kind !== 'name') unexpected(parser, 'expected a name behind `.`');
  refusePrivate(text, start);
  take(parser);
  return { kind: 'attribute', object, name: text.normalize('NFKC'), ...placed(start, [object]) };
}

/** What begins with `_` leads to the insides of Python. */
export function refusePrivate(name: string, offset: number): void {
  if (name.startsWith('_')) {
    refuse(`the attribute \`${name}\``, offset, 'Attributes that begin with `_` are the insides of Python.');
  }
}

function parseSubscript(parser: Parser, object: Node): Node {
  const opening = open(parser);
  const index = parseIndex(parser);
  close(parser, ']', opening);
  return { kind: 'subscript', object, index, ...placed(opening.start, [object, index]) };
}

function parseIndex(parser: Parser): Node {
  const { start } = parser.token;
  const items: Node[] = [];
  do {
    if (items.length > 0 && isAt(parser, ']')) return { kind: 'tuple', items, ...placed(start, items) };
    items.push(parseSlice(parser));
  } while (accept(parser, ','));
  const [only] = items;
  if (only !== undefined && items.length === 1) return only;
  const slice = items.find(({ kind }) => kind === 'slice');
  if (slice !== undefined) refuse('more than one index at once', slice.offset);
  return { kind: 'tuple', items, ...placed(start, items) };
}

function parseSlice(parser: Parser): Node {
  const { start } = parser.token;
  const atBound = () => !isAt(parser, ':') && !isAt(parser, ']') && !isAt(parser, ',');
  const first = isAt(parser, ':') ? undefined : parseExpression(parser);
  if (first !== undefined && !isAt(parser, ':')) return first;
  const bounds = [first];
  while (bounds.length < 3 && accept(parser, ':')) bounds.push(atBound() ? parseExpression(parser) : undefined);
  return { kind: 'slice', bounds, ...placed(start, bounds) };
}

function parseCall(parser: Parser, callee: Node): Node {
  const opening = open(parser);
  const positional: Node[] = [];
  const named: [string, Node][] = [];
  while (!isAt(parser, ')')) {
    const { start } = parser.token;
    const value = parseExpression(parser);
    if (isAt(parser, 'for')) {
      const generator = parseClauses(parser, { makes: 'generator', element: value, offset: start });
      if (positional.length + named.length > 0 || isAt(parser, ',')) {
        syntaxError('Generator expression must be parenthesized', start);
      }
      positional.push(generator);
    } else if (isAt(parser, '=') && value.kind === 'name') {
      take(parser);
      if (named.some(([name]) => name === value.name)) syntaxError(`keyword argument repeated: ${value.name}`, start);
      named.push([value.name, parseExpression(parser)]);
    } else if (named.length > 0) {
      syntaxError('positional argument follows keyword argument', start);
    } else positional.push(value);
    if (!accept(parser, ',')) break;
  }
  close(parser, ')', opening);
  const children = [callee, ...positional, ...named.map(([, value]) => value)];
  return { kind: 'call', callee, positional, keywords: named, ...placed(opening.start, children) };
}
