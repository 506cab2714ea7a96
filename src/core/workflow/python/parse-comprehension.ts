import { limits } from './limits.ts';
import type { Clause, Comprehension, Node, Target } from './node.ts';
import { accept, close, expect, isAt, open, type Parser, parseCondition, placed, take, unexpected } from './parser.ts';
import { exceed, refuse } from './python-error.ts';

/** `for x in values if x > 1`, once or several times, behind the element. */
export function parseClauses(
  parser: Parser,
  {
    makes,
    element,
    value,
    offset,
  }: {
    readonly makes: Comprehension['makes'];
    readonly element: Node;
    readonly value?: Node | undefined;
    readonly offset: number;
  },
): Node {
  const clauses: Clause[] = [];
  while (isAt(parser, 'for')) {
    take(parser);
    const target = parseTarget(parser, 'in');
    expect(parser, 'in');
    const source = parseCondition(parser);
    const conditions: Node[] = [];
    while (accept(parser, 'if')) conditions.push(parseCondition(parser));
    if (isAt(parser, 'async')) refuse('`async`', parser.token.start);
    if (clauses.length === limits.clauses)
      exceed(`a comprehension has more than ${limits.clauses} loops`, source.offset);
    clauses.push({ target, source, conditions });
  }
  const children = [element, value, ...clauses.flatMap(({ source, conditions }) => [source, ...conditions])];
  return { kind: 'comprehension', makes, element, value, clauses, ...placed(offset, children) };
}

/** `x`, `k, v`, `i, (k, v)`. */
function parseTarget(parser: Parser, end: string): Target {
  const first = parseTargetItem(parser);
  if (!isAt(parser, ',')) return first;
  const items = [first];
  while (accept(parser, ',') && !isAt(parser, end)) items.push(parseTargetItem(parser));
  return items;
}

function parseTargetItem(parser: Parser): Target {
  const { kind, text, start } = parser.token;
  if (isAt(parser, '(')) {
    const opening = open(parser);
    // Deeper than any value that could be unpacked would be.
    const target = parser.brackets > 50 ? unexpected(parser) : parseTarget(parser, ')');
    close(parser, ')', opening);
    return target;
  }
  if (isAt(parser, '*')) refuse('unpacking with `*`', start);
  if (kind !== 'name' || /^(?:in|not|is|and|or|if|else|for|lambda|None|True|False)$/.test(text)) {
    unexpected(parser, 'expected a name behind `for`');
  }
  take(parser);
  if (isAt(parser, '.') || isAt(parser, '[')) refuse('a loop over an attribute or an item', start);
  return text.normalize('NFKC');
}
