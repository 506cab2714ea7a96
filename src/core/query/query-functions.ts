import type { QueryNode } from './query-node.ts';

/** What an argument may be; `numbers` and `strings` are lists of nothing else. */
export type ArgumentType = 'any' | 'number' | 'string' | 'array' | 'object' | 'numbers' | 'strings' | 'expression';

/** What functions need of the evaluation that they are part of. */
export interface QueryTools {
  /** What an expression (`&name`) makes of a value. */
  readonly evaluate: (node: QueryNode, value: unknown) => unknown;
  readonly equal: (left: unknown, right: unknown) => boolean;
  /** Announces so many steps of work, or characters of text; throws where it becomes too much. */
  readonly spend: (steps: number) => void;
  /** JSON of a value that may have become far larger than what it was made of. */
  readonly toJson: (value: unknown) => string;
  /** Throws: a function was given what it cannot take. */
  readonly refuse: (what: string) => never;
}

export interface QueryFunction {
  /** The types that each argument may have; the last one may be repeated where `variadic` is set. */
  readonly parameters: readonly (readonly ArgumentType[])[];
  readonly variadic?: true;
  readonly call: (args: readonly unknown[], tools: QueryTools) => unknown;
}

type Parameters = readonly (readonly ArgumentType[])[];

/** The arguments have been checked against the parameters before. */
function define<Args extends readonly unknown[]>(
  parameters: Parameters,
  call: (args: Args, tools: QueryTools) => unknown,
): QueryFunction {
  return { parameters, call: (args, tools) => call(args as unknown as Args, tools) };
}

function variadic<Arg>(type: ArgumentType, call: (args: readonly Arg[], tools: QueryTools) => unknown): QueryFunction {
  return { ...define<readonly Arg[]>([[type]], call), variadic: true };
}

type Text = string;
type Sortable = number | string;
type Data = Readonly<Record<string, unknown>>;

const number: Parameters = [['number']];
const twoTexts: Parameters = [['string'], ['string']];
const sortable: Parameters = [['numbers', 'strings']];
const listAndExpression: Parameters = [['array'], ['expression']];

/** All functions of the specification of JMESPath. */
export const queryFunctions = {
  abs: define<[number]>(number, ([value]) => Math.abs(value)),
  avg: define<[number[]]>([['numbers']], ([list]) => (list.length === 0 ? null : sum(list) / list.length)),
  ceil: define<[number]>(number, ([value]) => Math.ceil(value)),
  contains: define<[string | unknown[], unknown]>([['string', 'array'], ['any']], contains),
  ends_with: define<[Text, Text]>(twoTexts, ([text, end]) => text.endsWith(end)),
  floor: define<[number]>(number, ([value]) => Math.floor(value)),
  join: define<[Text, Text[]]>([['string'], ['strings']], ([between, texts], { spend }) => {
    spend(texts.reduce((length, text) => length + text.length + between.length, 0));
    return texts.join(between);
  }),
  keys: define<[Data]>([['object']], ([data]) => Object.keys(data)),
  length: define<[string | unknown[] | Data]>([['string', 'array', 'object']], ([value], { spend }) => {
    if (typeof value !== 'string') return Array.isArray(value) ? value.length : Object.keys(value).length;
    spend(value.length);
    return [...value].length;
  }),
  map: define<[QueryNode, unknown[]]>([['expression'], ['array']], ([node, list], { evaluate }) =>
    list.map((item) => evaluate(node, item)),
  ),
  max: define<[Sortable[]]>(sortable, ([list]) => greatest(list, (value) => value, 1)),
  max_by: define<[unknown[], QueryNode]>(listAndExpression, (args, tools) => greatestBy(args, tools, 1)),
  merge: variadic<Data>('object', (all, { spend }) => {
    const entries = all.flatMap((data) => Object.entries(data));
    spend(entries.length);
    return Object.fromEntries(entries);
  }),
  min: define<[Sortable[]]>(sortable, ([list]) => greatest(list, (value) => value, -1)),
  min_by: define<[unknown[], QueryNode]>(listAndExpression, (args, tools) => greatestBy(args, tools, -1)),
  not_null: variadic<unknown>('any', (values) => values.find((value) => value !== null) ?? null),
  reverse: define<[string | unknown[]]>([['string', 'array']], ([value], { spend }) => {
    spend(value.length);
    return typeof value === 'string' ? [...value].reverse().join('') : value.toReversed();
  }),
  sort: define<[Sortable[]]>(sortable, ([list], { spend }) => {
    spend(sortingSteps(list));
    return list.toSorted(compareValues);
  }),
  sort_by: define<[unknown[], QueryNode]>(listAndExpression, ([list, node], tools) => {
    const keyed = keysOf(list, node, tools);
    tools.spend(sortingSteps(list));
    return keyed.toSorted((a, b) => compareValues(a.key, b.key)).map(({ item }) => item);
  }),
  starts_with: define<[Text, Text]>(twoTexts, ([text, start]) => text.startsWith(start)),
  sum: define<[number[]]>([['numbers']], ([list]) => sum(list)),
  to_array: define<[unknown]>([['any']], ([value]) => (Array.isArray(value) ? value : [value])),
  to_number: define<[unknown]>([['any']], ([value]) => toNumber(value)),
  to_string: define<[unknown]>([['any']], ([value], { toJson }) => (typeof value === 'string' ? value : toJson(value))),
  type: define<[unknown]>([['any']], ([value]) => typeName(value)),
  values: define<[Data]>([['object']], ([data]) => Object.values(data)),
} as const satisfies Readonly<Record<string, QueryFunction>>;

export type QueryFunctionName = keyof typeof queryFunctions;

export function isQueryFunction(name: string): name is QueryFunctionName {
  return Object.hasOwn(queryFunctions, name);
}

/** The word of JMESPath for what a value is. */
export function typeName(value: unknown): 'null' | 'array' | 'object' | 'string' | 'number' | 'boolean' {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}

export function isOfType(value: unknown, type: ArgumentType): boolean {
  if (type === 'any') return true;
  if (type === 'numbers') return Array.isArray(value) && value.every((item) => typeof item === 'number');
  if (type === 'strings') return Array.isArray(value) && value.every((item) => typeof item === 'string');
  return typeName(value) === type;
}

function sum(list: readonly number[]): number {
  return list.reduce((total, value) => total + value, 0);
}

function contains([where, what]: [string | unknown[], unknown], { equal }: QueryTools): boolean {
  if (typeof where === 'string') return typeof what === 'string' && where.includes(what);
  return where.some((item) => equal(item, what));
}

/** No collation: times, ids and names have the same order everywhere. */
function compareValues(left: Sortable, right: Sortable): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function sortingSteps(list: readonly unknown[]): number {
  return Math.ceil(list.length * Math.log2(list.length + 1));
}

function greatest<Item>(list: readonly Item[], key: (item: Item) => Sortable, sign: 1 | -1): Item | null {
  return list.reduce<Item | null>(
    (best, item) => (best === null || compareValues(key(item), key(best)) * sign > 0 ? item : best),
    null,
  );
}

function greatestBy([list, node]: readonly [readonly unknown[], QueryNode], tools: QueryTools, sign: 1 | -1): unknown {
  return greatest(keysOf(list, node, tools), ({ key }) => key, sign)?.item ?? null;
}

interface Keyed {
  readonly item: unknown;
  readonly key: Sortable;
}

function keysOf(list: readonly unknown[], node: QueryNode, { evaluate, refuse }: QueryTools): readonly Keyed[] {
  const keyed = list.map((item) => ({ item, key: evaluate(node, item) }));
  const type = typeof keyed[0]?.key;
  return keyed.map(({ item, key }) => {
    if ((typeof key === 'number' || typeof key === 'string') && typeof key === type) return { item, key };
    return refuse(`orders by numbers or by texts, but one element has ${typeName(key)}`);
  });
}

function toNumber(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value)
    ? Number(value)
    : null;
}
