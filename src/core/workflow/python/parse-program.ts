import { hintFor, keywords } from './keywords.ts';
import { limits } from './limits.ts';
import type { Node, Program, Statement } from './node.ts';
import { grammar } from './parse-expression.ts';
import { accept, createParser, isAt, type Parser, parseExpression, placed, take, unexpected } from './parser.ts';
import { exceed, refuse, syntaxError } from './python-error.ts';

/**
 * Reads an expression, or statements: assignments to a name and expressions. Throws a PythonError that names the construct where
 * something is not available, and says where it stands.
 */
export function parseProgram(text: string): Program {
  if (text.length > limits.codeLength) exceed(`the code has more than ${limits.codeLength} characters`, 0);
  const parser = createParser(text, grammar);
  const statements: Statement[] = [];
  let isExpression = true;
  for (;;) {
    while (parser.token.kind === 'newline') take(parser);
    if (isAtEnd(parser)) break;
    requireNoIndent(parser);
    for (;;) {
      statements.push(parseStatement(parser));
      if (!accept(parser, ';')) break;
      isExpression = false;
      if (isAtLineEnd(parser)) break;
    }
    if (!isAtLineEnd(parser)) unexpected(parser);
  }
  if (statements.length === 0) syntaxError('there is nothing to evaluate', 0);
  return { statements, isExpression: isExpression && statements.length === 1 && statements[0]?.name === undefined };
}

function isAtEnd({ token }: Parser): boolean {
  return token.kind === 'end';
}

function isAtLineEnd({ token }: Parser): boolean {
  return token.kind === 'newline' || token.kind === 'end';
}

function requireNoIndent({ text, token }: Parser): void {
  const before = text.charAt(token.start - 1);
  if (token.start > 0 && before !== '\n') syntaxError('unexpected indent', token.start);
}

function parseStatement(parser: Parser): Statement {
  const { kind, text, start } = parser.token;
  const refused = kind === 'name' ? keywords.statement(text) : undefined;
  if (refused !== undefined) refuse(refused, start, hintFor(text));
  const target = parseExpressions(parser);
  const { text: sign, start: at, kind: signKind } = parser.token;
  if (signKind === 'sign' && /^(?:[-+*/%&|^@]|\*\*|\/\/|<<|>>)=$/.test(sign)) {
    refuse(`the assignment \`${sign}\``, at, 'Write `x = x + 1`.');
  }
  if (isAt(parser, ':')) refuse('a type behind a name, or a statement with `:`', at);
  if (!isAt(parser, '=')) return { name: undefined, value: target };
  take(parser);
  const name = nameOf(target);
  const value = parseExpressions(parser);
  if (isAt(parser, '='))
    refuse('an assignment to several names', parser.token.start, 'Assign to one name in each line.');
  return { name, value };
}

function nameOf(target: Node): string {
  const { offset } = target;
  switch (target.kind) {
    case 'name':
      return target.name;
    case 'tuple':
    case 'list':
      return refuse('an assignment to several names', offset, 'Assign to one name in each line.');
    case 'attribute':
    case 'subscript':
      return refuse('an assignment to a part of a value', offset, 'Make a new value, and assign it to a name.');
    default:
      return syntaxError('only a name can be assigned to', offset);
  }
}

/** One expression, or several with commas between them, which are a tuple. */
function parseExpressions(parser: Parser): Node {
  const { start } = parser.token;
  const first = parseExpression(parser);
  if (!isAt(parser, ',')) return first;
  const items = [first];
  while (accept(parser, ',')) {
    if (isAtLineEnd(parser) || isAt(parser, '=') || isAt(parser, ';')) break;
    items.push(parseExpression(parser));
  }
  return { kind: 'tuple', items, ...placed(start, items) };
}
