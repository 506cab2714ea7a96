import { didYouMean } from '../suggest.ts';
import { queryError } from './query-error.ts';
import { isQueryFunction, type QueryFunction, queryFunctions } from './query-functions.ts';
import type { Comparison, Query, QueryNode } from './query-node.ts';
import { readTokens, type Token } from './read-tokens.ts';

/** Longer than any that people write; what is nested as deep as that would exhaust the stack. */
const maxLength = 4096;
const maxDepth = 400;

/** How strongly a sign binds what stands to the left of it. What is not named ends an expression. */
const power: Readonly<Record<string, number>> = {
  ...{ '|': 1, '||': 2, '&&': 3 },
  ...{ '==': 5, '!=': 5, '<': 5, '<=': 5, '>': 5, '>=': 5 },
  ...{ '[]': 9, '*': 20, '[?': 21, '.': 40, '!': 45, '[': 55, '(': 60 },
};

/** What binds less ends the part that is done for each element of a list. */
const eachEndsBelow = 10;

const comparisons: readonly Comparison[] = ['==', '!=', '<', '<=', '>', '>='];

/** Reads a JMESPath expression. Throws a UsageError that names it, and the position of what is wrong. */
export function parseQuery(text: string): Query {
  if (text.trim() === '') throw queryError(text, { at: 0, what: 'it is empty' });
  if (text.length > maxLength) {
    throw queryError(`${text.slice(0, 40)}...`, { at: 40, what: `it has more than ${maxLength} characters` });
  }
  return { text, node: new QueryParser(text).parse() };
}

/** Operator precedence parsing (Pratt): `begin` reads what an expression begins with, `goOn` what may follow it. */
class QueryParser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = readTokens(text);
  }

  parse(): QueryNode {
    const node = this.#expression(0);
    if (this.#peek().kind !== 'end') throw this.#unexpected();
    return node;
  }

  #expression(boundBy: number): QueryNode {
    const depth = this.#depth;
    this.#deeper();
    let left = this.#begin();
    while (boundBy < powerOf(this.#peek())) {
      this.#deeper();
      left = this.#goOn(left);
    }
    this.#depth = depth;
    return left;
  }

  #deeper(): void {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw this.#fault(this.#peek(), 'it is nested too deeply');
  }

  #begin(): QueryNode {
    const token = this.#take();
    if (token.kind === 'literal') return { kind: 'literal', value: token.value };
    if (token.kind === 'name' || token.kind === 'quoted') return this.#name(token);
    switch (token.text) {
      case '@':
        return current;
      case '*':
        return { kind: 'eachValue', left: current, right: this.#rest(powerOf(token)) };
      case '!':
        return { kind: 'not', child: this.#expression(powerOf(token)) };
      case '(': {
        const node = this.#expression(0);
        this.#expect(')');
        return node;
      }
      case '{':
        return this.#object();
      case '[?':
      case '[]':
        return this.#behind(current, token);
      case '[':
        return this.#isIndex() || this.#isStar() ? this.#behind(current, token) : this.#list();
      case '&':
        throw this.#fault(token, '`&` stands only before an argument of map, sort_by, max_by or min_by');
      default:
        throw this.#unexpected(token);
    }
  }

  #goOn(left: QueryNode): QueryNode {
    const token = this.#take();
    const binds = powerOf(token);
    const by = comparisons.find((comparison) => comparison === token.text);
    if (by !== undefined) return { kind: 'compare', by, left, right: this.#expression(binds) };
    switch (token.text) {
      case '|':
        return { kind: 'chain', left, right: this.#expression(binds) };
      case '||':
        return { kind: 'or', left, right: this.#expression(binds) };
      case '&&':
        return { kind: 'and', left, right: this.#expression(binds) };
      case '.':
        if (!this.#skip('*')) return { kind: 'chain', left, right: this.#behindDot(binds) };
        return { kind: 'eachValue', left, right: this.#rest(binds) };
      case '[?':
      case '[]':
      case '[':
        return this.#behind(left, token);
      default:
        throw this.#unexpected(token);
    }
  }

  /** What brackets make of what stands before them. */
  #behind(left: QueryNode, token: Token): QueryNode {
    const binds = powerOf(token);
    if (token.text === '[]') return { kind: 'each', left: { kind: 'flatten', child: left }, right: this.#rest(binds) };
    if (token.text === '[?') {
      const condition = this.#expression(0);
      this.#expect(']');
      return { kind: 'filter', left, condition, right: this.#rest(binds) };
    }
    if (this.#isIndex()) return this.#index(left);
    if (!this.#skip('*'))
      throw this.#fault(this.#peek(), 'behind `[` a number, a slice such as 0:5, or `*` is missing');
    this.#expect(']');
    return { kind: 'each', left, right: this.#rest(power['*'] ?? 0) };
  }

  /** What is done for each element. */
  #rest(boundBy: number): QueryNode {
    const token = this.#peek();
    if (powerOf(token) < eachEndsBelow) return current;
    if (token.text === '[' || token.text === '[?') return this.#expression(boundBy);
    this.#expect('.');
    return this.#behindDot(boundBy);
  }

  #behindDot(boundBy: number): QueryNode {
    const { kind, text } = this.#peek();
    if (kind === 'name' || kind === 'quoted' || text === '*') return this.#expression(boundBy);
    if (this.#skip('[')) return this.#list();
    if (this.#skip('{')) return this.#object();
    throw this.#unexpected();
  }

  #isIndex(): boolean {
    return this.#peek().kind === 'number' || this.#peek().text === ':';
  }

  #isStar(): boolean {
    return this.#peek().text === '*' && this.#peek(1).text === ']';
  }

  #index(left: QueryNode): QueryNode {
    const parts: (number | undefined)[] = [undefined];
    while (!this.#skip(']')) {
      const token = this.#take();
      if (token.text === ':' && parts.length < 3) parts.push(undefined);
      else if (token.kind === 'number' && parts.at(-1) === undefined) parts[parts.length - 1] = Number(token.value);
      else throw this.#unexpected(token);
      if (token.kind === 'number' && token.value === 0 && parts.length === 3) {
        throw this.#fault(token, 'the step of a slice cannot be 0');
      }
    }
    const [start, stop, step = 1] = parts;
    if (parts.length === 1) return { kind: 'chain', left, right: { kind: 'index', index: start ?? 0 } };
    const bounds = { ...(start === undefined ? {} : { start }), ...(stop === undefined ? {} : { stop }) };
    const slice: QueryNode = { kind: 'chain', left, right: { kind: 'slice', ...bounds, step } };
    return { kind: 'each', left: slice, right: this.#rest(power['*'] ?? 0) };
  }

  #list(): QueryNode {
    const children: QueryNode[] = [];
    do children.push(this.#expression(0));
    while (this.#skip(','));
    this.#expect(']');
    return { kind: 'list', children };
  }

  #object(): QueryNode {
    const entries: [string, QueryNode][] = [];
    do {
      const key = this.#take();
      if (key.kind !== 'name' && key.kind !== 'quoted') throw this.#unexpected(key);
      this.#expect(':');
      entries.push([key.kind === 'quoted' ? String(key.value) : key.text, this.#expression(0)]);
    } while (this.#skip(','));
    this.#expect('}');
    return { kind: 'object', entries };
  }

  #name(token: Token): QueryNode {
    if (this.#peek().text !== '(') {
      return { kind: 'field', name: token.kind === 'quoted' ? String(token.value) : token.text };
    }
    if (token.kind === 'quoted') throw this.#fault(token, 'the name of a function stands without quotes');
    return this.#call(token);
  }

  #call(token: Token): QueryNode {
    const { text: name, at } = token;
    if (!isQueryFunction(name)) {
      const names = Object.keys(queryFunctions);
      const hint = didYouMean(name, names) ?? `There are: ${names.join(', ')}.`;
      throw queryError(this.#text, { at, what: `there is no function \`${name}\``, hint });
    }
    const takes: QueryFunction = queryFunctions[name];
    this.#expect('(');
    const args: QueryNode[] = [];
    if (this.#peek().text !== ')') {
      do args.push(this.#argument(takes.parameters[args.length]?.includes('expression') === true));
      while (this.#skip(','));
    }
    this.#expect(')');
    const count = takes.parameters.length;
    if (takes.variadic === true ? args.length < count : args.length !== count) {
      throw this.#fault(
        token,
        `${name} takes ${takes.variadic ? 'at least ' : ''}${count} argument${count === 1 ? '' : 's'}, not ${args.length}`,
      );
    }
    return { kind: 'call', name, args, at };
  }

  #argument(isReference: boolean): QueryNode {
    const token = this.#peek();
    if (!isReference) return this.#expression(0);
    if (this.#skip('&')) return { kind: 'reference', child: this.#expression(0) };
    throw this.#fault(token, 'an expression is needed here, with & before it, such as &name');
  }

  #peek(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? { kind: 'end', text: '', at: this.#text.length };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #skip(text: string): boolean {
    if (this.#peek().text !== text) return false;
    this.#next += 1;
    return true;
  }

  #expect(text: string): void {
    if (this.#skip(text)) return;
    const token = this.#peek();
    throw this.#fault(token, `\`${text}\` is missing${token.kind === 'end' ? '' : ` before \`${token.text}\``}`);
  }

  #unexpected(token = this.#peek()) {
    return this.#fault(token, token.kind === 'end' ? 'it ends too early' : `\`${token.text}\` cannot stand here`);
  }

  #fault({ at }: Token, what: string) {
    return queryError(this.#text, { at, what });
  }
}

const current: QueryNode = { kind: 'current' };

function powerOf({ kind, text }: Token): number {
  return kind === 'sign' ? (power[text] ?? 0) : 0;
}
