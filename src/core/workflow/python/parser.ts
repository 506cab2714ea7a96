import { limits } from './limits.ts';
import type { Node } from './node.ts';
import { exceed, syntaxError } from './python-error.ts';
import { readToken, type Token } from './read-token.ts';

/** Expressions contain each other, whatever file reads them. */
export interface Grammar {
  readonly expression: (parser: Parser) => Node;
  readonly condition: (parser: Parser) => Node;
}

/** Where the parser is in the code. */
export interface Parser {
  readonly text: string;
  readonly grammar: Grammar;
  /** The next one. */
  token: Token;
  /** How many are open: inside of them the ends of lines are blanks. */
  brackets: number;
  /** Reads a field of an f-string: one bracket is open, and `:` ends the value. */
  isField: boolean;
  /** How deep the parser is nested. */
  level: number;
}

export function createParser(text: string, grammar: Grammar): Parser {
  return { text, grammar, token: readToken(text, 0, { inBrackets: false }), brackets: 0, isField: false, level: 0 };
}

/** A whole expression, without a comma outside of brackets. */
export function parseExpression(parser: Parser): Node {
  return parser.grammar.expression(parser);
}

/** What may stand behind `in` of a comprehension and behind its `if`: all but `a if b else c`. */
export function parseCondition(parser: Parser): Node {
  return parser.grammar.condition(parser);
}

/** Takes the next token, and reads the one behind it. */
export function take(parser: Parser): Token {
  const { token } = parser;
  continueAt(parser, token.end);
  return token;
}

export function continueAt(parser: Parser, offset: number): void {
  parser.token = readToken(parser.text, offset, { inBrackets: parser.brackets > 0 });
}

/** Takes an opening bracket. */
export function open(parser: Parser): Token {
  parser.brackets += 1;
  return take(parser);
}

/** Takes the closing bracket that belongs to an opening one. */
export function close(parser: Parser, sign: string, opening: Token): void {
  if (!isAt(parser, sign)) {
    if (parser.token.kind === 'end') syntaxError(`\`${opening.text}\` was never closed`, opening.start);
    unexpected(parser);
  }
  parser.brackets -= 1;
  take(parser);
}

/** Whether the next token is this word or sign. */
export function isAt({ token }: Parser, text: string): boolean {
  return token.text === text && (token.kind === 'sign' || token.kind === 'name');
}

export function accept(parser: Parser, text: string): boolean {
  if (!isAt(parser, text)) return false;
  take(parser);
  return true;
}

export function expect(parser: Parser, text: string): void {
  if (!accept(parser, text)) unexpected(parser, `expected \`${text}\``);
}

export function unexpected({ token, text }: Parser, wanted?: string): never {
  const line = token.kind === 'end' ? 'the end' : token.kind === 'newline' ? 'the end of the line' : undefined;
  const found = line ?? `\`${text.slice(token.start, token.end)}\``;
  return syntaxError(
    wanted === undefined ? `${found} has no meaning here` : `${wanted}, and found ${found}`,
    token.start,
  );
}

/** One level deeper; a limit, because the stack has one too. */
export function nested<T>(parser: Parser, read: () => T): T {
  parser.level += 1;
  if (parser.level > limits.nesting) tooDeep(parser.token.start);
  const found = read();
  parser.level -= 1;
  return found;
}

/** The place and the depth of a node: `a + b + c` and so on is as deep as it is long. */
export function placed(
  offset: number,
  children: readonly (Node | undefined)[],
): { readonly offset: number; readonly depth: number } {
  const depth = children.reduce((deepest, child) => Math.max(deepest, child?.depth ?? 0), 0) + 1;
  return depth > limits.nesting ? tooDeep(offset) : { offset, depth };
}

function tooDeep(offset: number): never {
  return exceed(`an expression is nested more than ${limits.nesting} levels deep`, offset);
}
