import { UsageError } from '../errors.ts';
import { positionOf } from './query-error.ts';
import {
  type ArgumentType,
  isOfType,
  type QueryFunction,
  type QueryTools,
  queryFunctions,
  typeName,
} from './query-functions.ts';
import type { Query, QueryNode } from './query-node.ts';

/**
 * What an expression may cost, in steps and characters of text: some seconds, and less memory than makes the process fail. A
 * whole table of 100 000 jobs stays far below it; an expression that doubles its own result again and again does not.
 */
const mostAllowed: QueryLimits = { steps: 20_000_000, characters: 256_000_000 };

export interface QueryLimits {
  readonly steps: number;
  /** Of the JSON of what comes out. */
  readonly characters: number;
}

/**
 * What a JMESPath expression makes of a JSON document, as the specification says; `null` where there is nothing. Texts can be
 * ordered like numbers, because times are texts. Throws a UsageError where a function is given what it cannot take, and where
 * it becomes too much.
 */
export function applyQuery(query: Query, document: unknown, limits = mostAllowed): unknown {
  let left = limits.steps;
  const spend = (steps: number) => {
    left -= steps;
    if (left < 0) throw tooMuch(query);
  };
  const run: Run = { query, spend, maxCharacters: limits.characters };
  const result = evaluate(query.node, document, run);
  requireSmall(result, run);
  return result;
}

interface Run {
  readonly query: Query;
  readonly spend: (steps: number) => void;
  readonly maxCharacters: number;
}

function evaluate(node: QueryNode, value: unknown, run: Run): unknown {
  run.spend(1);
  switch (node.kind) {
    case 'current':
      return value;
    case 'literal':
      return node.value;
    case 'field':
      return isObject(value) && Object.hasOwn(value, node.name) ? (value[node.name] ?? null) : null;
    case 'index':
      return Array.isArray(value) ? (value.at(node.index) ?? null) : null;
    case 'slice':
      return Array.isArray(value) ? slice(value, node, run) : null;
    case 'flatten':
      return flatten(evaluate(node.child, value, run), run);
    case 'chain':
      return evaluate(node.right, evaluate(node.left, value, run), run);
    case 'each':
    case 'eachValue':
    case 'filter':
      return project(node, evaluate(node.left, value, run), run);
    case 'list':
      return value === null ? null : node.children.map((child) => evaluate(child, value, run));
    case 'object':
      if (value === null) return null;
      return Object.fromEntries(node.entries.map(([key, child]) => [key, evaluate(child, value, run)]));
    case 'call':
      return call(node, value, run);
    // Taken over by the function that it is an argument of.
    case 'reference':
      return node.child;
    default:
      return decide(node, value, run);
  }
}

type Decision = Extract<QueryNode, { kind: 'compare' | 'and' | 'or' | 'not' }>;

function decide(node: Decision, value: unknown, run: Run): unknown {
  if (node.kind === 'not') return !isTrue(evaluate(node.child, value, run));
  const left = evaluate(node.left, value, run);
  switch (node.kind) {
    case 'and':
      return isTrue(left) ? evaluate(node.right, value, run) : left;
    case 'or':
      return isTrue(left) ? left : evaluate(node.right, value, run);
    case 'compare':
      return compare(node, [left, evaluate(node.right, value, run)], run);
  }
}

function compare(
  { by }: Extract<QueryNode, { kind: 'compare' }>,
  [left, right]: [unknown, unknown],
  run: Run,
): unknown {
  if (by === '==') return equal(left, right, run);
  if (by === '!=') return !equal(left, right, run);
  const areNumbers = typeof left === 'number' && typeof right === 'number';
  if (!areNumbers && !(typeof left === 'string' && typeof right === 'string')) return null;
  const [a, b] = [left as number | string, right as number | string];
  return by === '<' ? a < b : by === '<=' ? a <= b : by === '>' ? a > b : a >= b;
}

function isTrue(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeName(value) === 'object';
}

function equal(left: unknown, right: unknown, run: Run): boolean {
  run.spend(1);
  if (left === right) return true;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => equal(item, right[index], run))
    );
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key], run))
  );
}

type Projection = Extract<QueryNode, { kind: 'each' | 'eachValue' | 'filter' }>;

function project(node: Projection, base: unknown, run: Run): unknown {
  const isOfValues = node.kind === 'eachValue';
  if (isOfValues ? !isObject(base) : !Array.isArray(base)) return null;
  const results: unknown[] = [];
  for (const item of isOfValues ? Object.values(base as object) : (base as unknown[])) {
    if (node.kind === 'filter' && !isTrue(evaluate(node.condition, item, run))) continue;
    const result = evaluate(node.right, item, run);
    if (result !== null) results.push(result);
  }
  return results;
}

function flatten(list: unknown, run: Run): unknown {
  if (!Array.isArray(list)) return null;
  run.spend(list.reduce((sum: number, item) => sum + (Array.isArray(item) ? item.length : 1), 0));
  return list.flat(1);
}

function slice(list: readonly unknown[], { start, stop, step }: Extract<QueryNode, { kind: 'slice' }>, run: Run) {
  const length = list.length;
  const least = step < 0 ? -1 : 0;
  const bound = (index: number) => Math.min(Math.max(index < 0 ? index + length : index, least), length + least);
  const first = start === undefined ? (step < 0 ? length - 1 : 0) : bound(start);
  const end = stop === undefined ? (step < 0 ? -1 : length) : bound(stop);
  const results: unknown[] = [];
  for (let index = first; step < 0 ? index > end : index < end; index += step) results.push(list[index]);
  run.spend(results.length);
  return results;
}

function call(node: Extract<QueryNode, { kind: 'call' }>, value: unknown, run: Run): unknown {
  const takes: QueryFunction = queryFunctions[node.name];
  const refuse = (what: string): never => {
    const { text } = run.query;
    throw new UsageError(`--query \`${text}\` fails at position ${positionOf(text, node.at)}: ${node.name} ${what}`, {
      code: 'usage.query',
      hint: 'Look at what is there with --query @, and leave out what is null, such as [?start_time].',
    });
  };
  const args = node.args.map((arg) => evaluate(arg, value, run));
  for (const [index, arg] of args.entries()) {
    const types = takes.parameters[Math.min(index, takes.parameters.length - 1)] ?? [];
    // A list of numbers is found to be one by looking at each of them.
    if (Array.isArray(arg)) run.spend(arg.length);
    if (!types.includes('expression') && !types.some((type) => isOfType(arg, type))) {
      refuse(`takes ${types.map(describeType).join(' or ')} here, not ${describe(arg, types)}`);
    }
  }
  const tools: QueryTools = {
    evaluate: (child, item) => evaluate(child, item, run),
    equal: (left, right) => equal(left, right, run),
    spend: run.spend,
    refuse,
    toJson: (data) => {
      run.spend(requireSmall(data, run));
      return JSON.stringify(data);
    },
  };
  return takes.call(args, tools);
}

const typeWords: Readonly<Record<string, string>> = {
  ...{ number: 'a number', string: 'a text', array: 'a list', object: 'an object' },
  ...{ numbers: 'a list of numbers', strings: 'a list of texts', boolean: 'true or false', null: 'null' },
};

function describeType(type: string): string {
  return typeWords[type] ?? type;
}

function describe(value: unknown, types: readonly ArgumentType[]): string {
  if (!Array.isArray(value)) return describeType(typeName(value));
  const isFit = (item: unknown) =>
    typeof item === 'number' ? types.includes('numbers') : typeof item === 'string' && types.includes('strings');
  const wanted = typeName(value.find(isFit));
  return `a list with ${describeType(typeName(value.find((item) => !isFit(item) || typeName(item) !== wanted)))}`;
}

/**
 * About how many characters the JSON of a value has. Few steps make a value that is millions of times larger as a text, because
 * its parts are the same object: this looks, and throws in time.
 */
function requireSmall(value: unknown, { query, maxCharacters }: Run): number {
  let characters = 0;
  const count = (part: unknown): void => {
    characters += typeof part === 'string' ? part.length + 8 : 8;
    if (characters > maxCharacters) throw tooMuch(query);
    if (Array.isArray(part)) for (const item of part) count(item);
    else if (isObject(part)) {
      for (const [key, item] of Object.entries(part)) {
        characters += key.length;
        count(item);
      }
    }
  };
  count(value);
  return characters;
}

function tooMuch({ text }: Query): UsageError {
  return new UsageError(`--query \`${text}\` makes too much of what it is given`, {
    code: 'usage.query_size',
    hint: 'Ask for less with the filters of the command, or take what repeats itself out of the expression.',
  });
}
