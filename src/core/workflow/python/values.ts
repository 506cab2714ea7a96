import { type Budget, joinTexts, limits, spend, spendItems } from './limits.ts';
import { exceed, raise } from './python-error.ts';

/**
 * A value of Python: `null` is None, a `bigint` an int, a `number` a float. Nothing changes a value once it is made, so none
 * contains itself.
 */
export type PyValue = null | boolean | bigint | number | string | PyObject;

export type PyObject =
  | PyList
  | PyTuple
  | PyDict
  | PySet
  | PyRange
  | PyIterator
  | PyFunction
  | PyModule
  | PyArgs
  | PyDate
  | PyDateTime
  | PyDelta;

interface Nested {
  /** How many levels of values lie inside. */
  readonly depth: number;
}

export interface PyList extends Nested {
  readonly type: 'list';
  readonly items: readonly PyValue[];
}

export interface PyTuple extends Nested {
  readonly type: 'tuple';
  readonly items: readonly PyValue[];
}

/** In the order of insertion, by what Python's equality takes for the same key. */
export interface PyDict extends Nested {
  readonly type: 'dict';
  readonly entries: ReadonlyMap<string, readonly [key: PyValue, value: PyValue]>;
}

/** In the order of insertion too, where Python has an order that changes from run to run. */
export interface PySet extends Nested {
  readonly type: 'set';
  readonly entries: ReadonlyMap<string, PyValue>;
}

export interface PyRange {
  readonly type: 'range';
  readonly start: bigint;
  readonly stop: bigint;
  readonly step: bigint;
}

export interface PyIterator {
  readonly type: 'iterator';
  readonly name: 'generator' | 'zip' | 'enumerate';
  readonly source: Iterator<PyValue, void, undefined>;
  running: boolean;
}

export interface CallArguments {
  readonly positional: readonly PyValue[];
  readonly keywords: ReadonlyMap<string, PyValue>;
}

export interface PyFunction {
  readonly type: 'function';
  readonly name: string;
  /** `int` and `str` are functions here and classes in Python. */
  readonly isClass: boolean;
  readonly call: (args: CallArguments, run: Run) => PyValue;
}

export interface PyModule {
  readonly type: 'module';
  readonly name: string;
  readonly members: ReadonlyMap<string, PyValue>;
}

/** The args of the workflow, as far as they are needed. */
export interface PyArgs {
  readonly type: 'args';
  readonly names: readonly string[];
  readonly get: (name: string) => PyValue | undefined;
}

/** Days since 1 January of the year 1, which is day 1. */
export interface PyDate {
  readonly type: 'date';
  readonly day: number;
}

/** Microseconds since day 0; of no time zone. */
export interface PyDateTime {
  readonly type: 'datetime';
  readonly microseconds: bigint;
}

export interface PyDelta {
  readonly type: 'timedelta';
  readonly microseconds: bigint;
}

/** One evaluation. */
export interface Run extends Budget {
  /** Where it is in the code, for errors. */
  at: number;
  /** How deep the evaluation is nested. */
  level: number;
  readonly args: PyArgs;
}

const classNames: Readonly<Record<PyObject['type'], string>> = {
  list: 'list',
  tuple: 'tuple',
  dict: 'dict',
  set: 'set',
  range: 'range',
  iterator: 'generator',
  function: 'builtin_function_or_method',
  module: 'module',
  args: 'dict',
  date: 'datetime.date',
  datetime: 'datetime.datetime',
  timedelta: 'datetime.timedelta',
};

/** What `type(value).__name__` is. */
export function typeName(value: PyValue): string {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float';
    case 'string':
      return 'str';
    default:
      if (value === null) return 'NoneType';
      if (value.type === 'iterator') return value.name;
      return value.type === 'function' && value.isClass ? 'type' : classNames[value.type];
  }
}

export function listOf(budget: Budget, items: readonly PyValue[]): PyList {
  return { type: 'list', items, depth: depthOver(budget, items) };
}

export function tupleOf(budget: Budget, items: readonly PyValue[]): PyTuple {
  return { type: 'tuple', items, depth: depthOver(budget, items) };
}

/** Of a key that comes again the first place and the last value count. */
export function dictOf(budget: Budget, pairs: Iterable<readonly [PyValue, PyValue]>): PyDict {
  const entries = new Map<string, readonly [PyValue, PyValue]>();
  const items: PyValue[] = [];
  for (const [key, value] of pairs) {
    const known = keyOf(key, budget);
    entries.set(known, [entries.get(known)?.[0] ?? key, value]);
    items.push(key, value);
  }
  return { type: 'dict', entries, depth: depthOver(budget, items) };
}

export function setOf(budget: Budget, items: readonly PyValue[]): PySet {
  const entries = new Map<string, PyValue>();
  for (const item of items) {
    const key = keyOf(item, budget);
    if (!entries.has(key)) entries.set(key, item);
  }
  return { type: 'set', entries, depth: depthOver(budget, items) };
}

function depthOver(budget: Budget, items: readonly PyValue[]): number {
  spendItems(budget, items.length);
  let deepest = 0;
  for (const item of items) {
    if (typeof item === 'object' && item !== null && 'depth' in item) deepest = Math.max(deepest, item.depth);
  }
  if (deepest >= limits.valueDepth) exceed(`lists and the like are nested more than ${limits.valueDepth} levels deep`);
  return deepest + 1;
}

/** The same text for keys that are equal: `1`, `1.0` and `True` are one. */
export function keyOf(value: PyValue, budget: Budget): string {
  switch (typeof value) {
    case 'boolean':
      return value ? 'n1' : 'n0';
    case 'bigint':
      return keyOfInt(value, budget);
    case 'number':
      return Number.isInteger(value) ? keyOfInt(BigInt(value), budget) : `f${value}`;
    case 'string':
      return `s${value}`;
    default:
      return value === null ? 'None' : keyOfObject(value, budget);
  }
}

function keyOfInt(value: bigint, budget: Budget): string {
  if (BigInt.asIntN(64, value) !== value) spend(budget, 50);
  return `n${value.toString(16)}`;
}

function keyOfObject(value: PyObject, budget: Budget): string {
  switch (value.type) {
    case 'tuple': {
      const keys = value.items.map((item) => keyOf(item, budget));
      return `(${joinTexts(
        budget,
        keys.map((key) => `${key.length}:${key}`),
      )}`;
    }
    case 'range':
      return `range${value.start},${value.stop},${value.step}`;
    case 'date':
      return `date${value.day}`;
    case 'datetime':
    case 'timedelta':
      return `${value.type}${value.microseconds}`;
    case 'function':
    case 'module':
      return `${value.type}${value.name}`;
    default:
      return raise('TypeError', `unhashable type: '${typeName(value)}'`);
  }
}

/** Python counts characters, JavaScript their halves. */
export function hasPairs(text: string): boolean {
  return /[\ud800-\udbff][\udc00-\udfff]/.test(text);
}

export function charactersOf(text: string): readonly string[] {
  return hasPairs(text) ? [...text] : text.split('');
}

export function lengthOfText(text: string): number {
  return hasPairs(text) ? [...text].length : text.length;
}

export function lengthOfRange({ start, stop, step }: PyRange): bigint {
  const span = step > 0n ? stop - start : start - stop;
  const size = step > 0n ? step : -step;
  return span <= 0n ? 0n : (span + size - 1n) / size;
}

/** What counts as true. */
export function isTrue(value: PyValue): boolean {
  switch (typeof value) {
    case 'object':
      return value !== null && isTrueObject(value);
    case 'bigint':
      return value !== 0n;
    case 'number':
      return value !== 0;
    case 'string':
      return value !== '';
    default:
      return value;
  }
}

function isTrueObject(value: PyObject): boolean {
  switch (value.type) {
    case 'list':
    case 'tuple':
      return value.items.length > 0;
    case 'dict':
    case 'set':
      return value.entries.size > 0;
    case 'range':
      return lengthOfRange(value) > 0n;
    case 'args':
      return value.names.length > 0;
    case 'timedelta':
      return value.microseconds !== 0n;
    default:
      return true;
  }
}
