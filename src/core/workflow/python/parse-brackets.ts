import type { Node } from './node.ts';
import { parseClauses } from './parse-comprehension.ts';
import { accept, close, expect, isAt, open, type Parser, parseExpression, placed } from './parser.ts';
import { refuse } from './python-error.ts';

/** `(a)`, `()`, `(a, b)`, `(a for a in b)`. */
export function parseParentheses(parser: Parser): Node {
  const opening = open(parser);
  const { start } = opening;
  if (isAt(parser, ')')) {
    close(parser, ')', opening);
    return { kind: 'tuple', items: [], ...placed(start, []) };
  }
  const first = parseExpression(parser);
  if (isAt(parser, 'for')) {
    const generator = parseClauses(parser, { makes: 'generator', element: first, offset: start });
    close(parser, ')', opening);
    return generator;
  }
  const isTuple = isAt(parser, ',');
  const items = [first, ...parseRest(parser, ')')];
  close(parser, ')', opening);
  return isTuple ? { kind: 'tuple', items, ...placed(start, items) } : first;
}

/** `[a, b]`, `[a for a in b]`. */
export function parseList(parser: Parser): Node {
  const opening = open(parser);
  const { start } = opening;
  const items: Node[] = [];
  if (!isAt(parser, ']')) {
    items.push(parseExpression(parser));
    const [element] = items;
    if (isAt(parser, 'for') && element !== undefined) {
      const list = parseClauses(parser, { makes: 'list', element, offset: start });
      close(parser, ']', opening);
      return list;
    }
    items.push(...parseRest(parser, ']'));
  }
  close(parser, ']', opening);
  return { kind: 'list', items, ...placed(start, items) };
}

/** What follows the first of several. A comma may stand behind the last. */
function parseRest(parser: Parser, end: string): Node[] {
  const items: Node[] = [];
  while (accept(parser, ',') && !isAt(parser, end)) items.push(parseExpression(parser));
  return items;
}

/** `{}`, `{a: b}`, `{a, b}` and their comprehensions. */
export function parseBraces(parser: Parser): Node {
  const opening = open(parser);
  const node = parseInBraces(parser, opening.start);
  close(parser, '}', opening);
  return node;
}

function parseInBraces(parser: Parser, offset: number): Node {
  if (isAt(parser, '}')) return { kind: 'dict', entries: [], ...placed(offset, []) };
  refuseUnpacking(parser);
  const first = parseExpression(parser);
  if (!isAt(parser, ':')) {
    if (isAt(parser, 'for')) return parseClauses(parser, { makes: 'set', element: first, offset });
    const items = [first, ...parseRest(parser, '}')];
    return { kind: 'set', items, ...placed(offset, items) };
  }
  expect(parser, ':');
  const value = parseExpression(parser);
  if (isAt(parser, 'for')) return parseClauses(parser, { makes: 'dict', element: first, value, offset });
  const entries: (readonly [Node, Node])[] = [[first, value]];
  while (accept(parser, ',') && !isAt(parser, '}')) {
    refuseUnpacking(parser);
    const key = parseExpression(parser);
    expect(parser, ':');
    entries.push([key, parseExpression(parser)]);
  }
  return { kind: 'dict', entries, ...placed(offset, entries.flat()) };
}

function refuseUnpacking({ token }: Parser): void {
  if (token.kind === 'sign' && token.text === '**') refuse('unpacking with `**`', token.start);
}
