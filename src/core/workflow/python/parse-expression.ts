import type { BinaryOperator, ComparedWith, Comparison, Node } from './node.ts';
import { parsePrimary } from './parse-primary.ts';
import { accept, expect, type Grammar, isAt, nested, type Parser, placed, take, unexpected } from './parser.ts';
import { refuse } from './python-error.ts';

/** How strongly operators bind. */
const powers = {
  or: 1,
  and: 2,
  not: 3,
  comparison: 4,
  sum: 9,
  product: 10,
  sign: 11,
  power: 12,
} as const;

const binaryPowers: Readonly<Record<BinaryOperator, number>> = {
  '+': powers.sum,
  '-': powers.sum,
  '*': powers.product,
  '/': powers.product,
  '//': powers.product,
  '%': powers.product,
  '**': powers.power,
};

const comparisons: readonly string[] = ['==', '!=', '<', '<=', '>', '>=', 'in', 'not', 'is'];
const otherOperators: readonly string[] = ['|', '^', '&', '<<', '>>', '@'];

export const grammar: Grammar = {
  expression: parseChoice,
  condition: (parser) => parseOperators(parser, powers.or),
};

function parseChoice(parser: Parser): Node {
  return nested(parser, () => {
    const then = parseOperators(parser, powers.or);
    refuseWalrus(parser);
    if (!isAt(parser, 'if')) return then;
    const { start } = take(parser);
    const test = parseOperators(parser, powers.or);
    expect(parser, 'else');
    const otherwise = parseChoice(parser);
    return { kind: 'choice', test, then, otherwise, ...placed(start, [test, then, otherwise]) };
  });
}

function refuseWalrus({ token, isField, brackets }: Parser): void {
  // `{x:=5}` is a field whose format is `=5`.
  if (isField && brackets === 1) return;
  if (token.kind === 'sign' && token.text === ':=') refuse('an assignment in an expression (`:=`)', token.start);
}

/** An expression of operators that bind at least so strongly. */
function parseOperators(parser: Parser, atLeast: number): Node {
  let left = parsePrefix(parser, atLeast);
  for (;;) {
    const { kind, text, start } = parser.token;
    if (kind !== 'sign' && kind !== 'name') return left;
    if (otherOperators.includes(text)) refuse(`the operator \`${text}\``, start);
    if ((text === 'or' || text === 'and') && powers[text] >= atLeast) left = parseLogic(parser, left, text);
    else if (comparisons.includes(text) && powers.comparison >= atLeast) left = parseComparison(parser, left);
    else if (isBinary(text) && binaryPowers[text] >= atLeast) left = parseBinary(parser, left, text);
    else return left;
  }
}

function isBinary(text: string): text is BinaryOperator {
  return Object.hasOwn(binaryPowers, text);
}

function parsePrefix(parser: Parser, atLeast: number): Node {
  const { text, start } = parser.token;
  if (isAt(parser, 'not')) {
    if (atLeast > powers.not) unexpected(parser);
    return parseUnary(parser, 'not', powers.not);
  }
  if (isAt(parser, '-')) return parseUnary(parser, '-', powers.sign);
  if (isAt(parser, '+') || isAt(parser, '~')) refuse(`the sign \`${text}\` before a value`, start);
  return parsePrimary(parser);
}

function parseUnary(parser: Parser, operator: '-' | 'not', power: number): Node {
  const { start } = take(parser);
  const operand = nested(parser, () => parseOperators(parser, power));
  return { kind: 'unary', operator, operand, ...placed(start, [operand]) };
}

function parseBinary(parser: Parser, left: Node, operator: BinaryOperator): Node {
  const { start } = take(parser);
  // `2 ** -1 ** 2` is `2 ** (-(1 ** 2))`; all others are read from the left.
  const power = operator === '**' ? powers.sign : binaryPowers[operator] + 1;
  const right = nested(parser, () => parseOperators(parser, power));
  return { kind: 'binary', operator, left, right, ...placed(start, [left, right]) };
}

function parseLogic(parser: Parser, first: Node, operator: 'and' | 'or'): Node {
  const operands = [first];
  const { start } = parser.token;
  while (accept(parser, operator)) operands.push(parseOperators(parser, powers[operator] + 1));
  return { kind: 'logic', operator, operands, ...placed(start, operands) };
}

function parseComparison(parser: Parser, first: Node): Node {
  const { start } = parser.token;
  const rest: ComparedWith[] = [];
  for (let operator = acceptComparison(parser); operator !== undefined; operator = acceptComparison(parser)) {
    const operand = parseOperators(parser, powers.comparison + 1);
    if (operator.text.startsWith('is') && !isSingleton(operand)) {
      refuse('`is` with anything but None, True and False', operator.offset, 'Compare with `==`.');
    }
    rest.push({ operator: operator.text, operand, offset: operator.offset });
  }
  return { kind: 'compare', first, rest, ...placed(start, [first, ...rest.map(({ operand }) => operand)]) };
}

function isSingleton(node: Node): boolean {
  return node.kind === 'constant' && (node.value === null || typeof node.value === 'boolean');
}

function acceptComparison(parser: Parser): { readonly text: Comparison; readonly offset: number } | undefined {
  const { text, start, kind } = parser.token;
  if ((kind !== 'sign' && kind !== 'name') || !comparisons.includes(text)) return undefined;
  take(parser);
  if (text === 'not') {
    expect(parser, 'in');
    return { text: 'not in', offset: start };
  }
  if (text === 'is' && accept(parser, 'not')) return { text: 'is not', offset: start };
  return { text: text as Comparison, offset: start };
}
