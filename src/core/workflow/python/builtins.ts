import { bind, callFunction, define } from './call.ts';
import { compare } from './compare.ts';
import { indexOf, toFloatValue, toInt } from './convert-number.ts';
import { roundFloat, roundToInt } from './decimals.ts';
import { divideHalfEven } from './exact.ts';
import { formatValue } from './format-value.ts';
import { collect, iterate, resume } from './iterate.ts';
import { spend } from './limits.ts';
import { asNumber, checkInt, type Num, toFloat } from './numbers.ts';
import { combine } from './operators.ts';
import { raise } from './python-error.ts';
import { represent, textOf } from './represent.ts';
import {
  dictOf,
  isTrue,
  lengthOfRange,
  lengthOfText,
  listOf,
  type PyFunction,
  type PyIterator,
  type PyValue,
  type Run,
  tupleOf,
  typeName,
} from './values.ts';

function lengthOf(value: PyValue, run: Run): bigint {
  if (typeof value === 'string') {
    spend(run, value.length >> 5);
    return BigInt(lengthOfText(value));
  }
  if (typeof value === 'object' && value !== null) {
    if (value.type === 'list' || value.type === 'tuple') return BigInt(value.items.length);
    if (value.type === 'dict' || value.type === 'set') return BigInt(value.entries.size);
    if (value.type === 'args') return BigInt(value.names.length);
    if (value.type === 'range') {
      const length = lengthOfRange(value);
      return length < 2n ** 63n ? length : raise('OverflowError', 'Python int too large to convert to C ssize_t');
    }
  }
  return raise('TypeError', `object of type '${typeName(value)}' has no len()`);
}

function absolute(value: PyValue): PyValue {
  const number = asNumber(value);
  if (typeof number === 'bigint') return number < 0n ? -number : number;
  if (typeof number === 'number') return Math.abs(number);
  if (typeof value === 'object' && value?.type === 'timedelta') {
    return { type: 'timedelta', microseconds: value.microseconds < 0n ? -value.microseconds : value.microseconds };
  }
  return raise('TypeError', `bad operand type for abs(): '${typeName(value)}'`);
}

function round(value: PyValue, places: PyValue | undefined): PyValue {
  const number = asNumber(value);
  const digits = places === undefined || places === null ? undefined : indexOf(places);
  if (number === undefined) return raise('TypeError', `type ${typeName(value)} doesn't define __round__ method`);
  if (typeof number === 'bigint') {
    if (digits === undefined || digits >= 0n) return number;
    if (digits < -20_000n) return 0n;
    const unit = 10n ** -digits;
    const rounded = divideHalfEven(number < 0n ? -number : number, unit) * unit;
    return checkInt(number < 0n ? -rounded : rounded);
  }
  if (digits !== undefined) {
    const rounded = roundFloat(number, Number(digits));
    return Number.isFinite(rounded) || !Number.isFinite(number)
      ? rounded
      : raise('OverflowError', 'rounded value too large to represent');
  }
  if (Number.isNaN(number)) return raise('ValueError', 'cannot convert float NaN to integer');
  return Number.isFinite(number)
    ? roundToInt(number)
    : raise('OverflowError', 'cannot convert float infinity to integer');
}

/** As since Python 3.12: what is lost in a sum of floats is added at the end. */
function sum(values: PyValue, start: PyValue, run: Run): PyValue {
  if (typeof start === 'string') raise('TypeError', "sum() can't sum strings [use ''.join(seq) instead]");
  let total: PyValue = start;
  let lost = 0;
  let isCompensated = false;
  for (const value of iterate(values, run)) {
    const left: Num | undefined = asNumber(total);
    const right = asNumber(value);
    const isFloat = typeof left === 'number' && right !== undefined;
    if (isFloat) {
      isCompensated = true;
      const term = toFloat(right);
      const next: number = left + term;
      if (typeof right === 'number') lost += Math.abs(left) >= Math.abs(term) ? left - next + term : term - next + left;
      total = next;
    } else {
      total = combine('+', settle(total, lost), value, run);
      lost = 0;
    }
  }
  return isCompensated ? settle(total, lost) : total;
}

function settle(total: PyValue, lost: number): PyValue {
  return typeof total === 'number' && lost !== 0 && Number.isFinite(lost) ? total + lost : total;
}

/** `max` and `min`: of equal ones the first. */
function extreme(name: 'max' | 'min'): PyFunction {
  const sign = name === 'max' ? '>' : '<';
  return {
    type: 'function',
    name,
    isClass: false,
    call: ({ positional, keywords }, run) => {
      const several = positional.length > 1;
      const [key = null, fallback] = bind({ name, parameters: ['*key', '*default'] }, { positional: [], keywords });
      const [first] = positional;
      if (first === undefined) return raise('TypeError', `${name} expected at least 1 argument, got 0`);
      if (several && fallback !== undefined) {
        raise('TypeError', `Cannot specify a default for ${name}() with multiple positional arguments`);
      }
      let best: { readonly value: PyValue; readonly rank: PyValue } | undefined;
      for (const value of several ? positional : iterate(first, run)) {
        const rank = rankOf(value, key, run);
        if (best === undefined || compare(sign, rank, best.rank, run)) best = { value, rank };
      }
      if (best !== undefined) return best.value;
      return fallback ?? (keywords.has('default') ? null : raise('ValueError', `${name}() iterable argument is empty`));
    },
  };
}

function rankOf(value: PyValue, key: PyValue, run: Run): PyValue {
  if (key === null) return value;
  if (typeof key !== 'object' || key.type !== 'function') {
    return raise('TypeError', `'${typeName(key)}' object is not callable`);
  }
  spend(run, 1);
  return callFunction(key, [value], run);
}

function sorted(values: PyValue, key: PyValue, reverse: boolean, run: Run): PyValue {
  const ranked = collect(values, run).map((value) => ({ value, rank: rankOf(value, key, run) }));
  const direction = reverse ? -1 : 1;
  const isLess = (left: PyValue, right: PyValue) => compare('<', left, right, run);
  ranked.sort((left, right) =>
    isLess(left.rank, right.rank) ? -direction : isLess(right.rank, left.rank) ? direction : 0,
  );
  return listOf(
    run,
    ranked.map(({ value }) => value),
  );
}

function makeRange(args: readonly PyValue[]): PyValue {
  const [first = 0n, second, third = 1n] = args.map(indexOf);
  const [start, stop] = second === undefined ? [0n, first] : [first, second];
  if (third === 0n) raise('ValueError', 'range() arg 3 must not be zero');
  return { type: 'range', start, stop, step: third };
}

function makeDict(source: PyValue | undefined, keywords: ReadonlyMap<string, PyValue>, run: Run): PyValue {
  const pairs: (readonly [PyValue, PyValue])[] = [];
  if (typeof source === 'object' && source?.type === 'dict') pairs.push(...source.entries.values());
  else if (source !== undefined) {
    for (const pair of iterate(source, run)) {
      const items = collect(pair, run);
      const [key = null, value = null] = items;
      if (items.length !== 2) {
        const index = pairs.length;
        raise('ValueError', `dictionary update sequence element #${index} has length ${items.length}; 2 is required`);
      }
      pairs.push([key, value]);
    }
  }
  pairs.push(...keywords);
  return dictOf(run, pairs);
}

export function iteratorOf(name: PyIterator['name'], source: Generator<PyValue, void, undefined>): PyIterator {
  return { type: 'iterator', name, source, running: false };
}

function* zipItems(sources: readonly PyValue[], isStrict: boolean, run: Run): Generator<PyValue, void, undefined> {
  const iterators = sources.map((source) => iteratorFor(source, run));
  while (iterators.length > 0) {
    const items: PyValue[] = [];
    for (const iterator of iterators) {
      const item = resume(iterator, run);
      if (item === undefined) break;
      items.push(item);
    }
    if (items.length < iterators.length) {
      const isUneven = items.length > 0 || iterators.slice(1).some((iterator) => resume(iterator, run) !== undefined);
      if (isStrict && isUneven) raise('ValueError', 'zip() arguments have different lengths');
      return;
    }
    yield tupleOf(run, items);
  }
}

function iteratorFor(source: PyValue, run: Run): PyIterator {
  const isIterator = typeof source === 'object' && source?.type === 'iterator';
  return isIterator ? source : iteratorOf('generator', iterate(source, run));
}

function* enumerateItems(source: PyValue, start: bigint, run: Run): Generator<PyValue, void, undefined> {
  let index = start;
  for (const item of iterate(source, run)) {
    yield tupleOf(run, [index, item]);
    index += 1n;
  }
}

/** An error at once where there is nothing to loop over, and not only at the first item. */
function requireIterable(source: PyValue, run: Run): PyValue {
  if (typeof source !== 'object' || source?.type !== 'iterator') iterate(source, run).next();
  return source;
}

const functions: readonly PyFunction[] = [
  define({ name: 'abs', parameters: ['number'] }, ([value = null]) => absolute(value)),
  define({ name: 'all', parameters: ['iterable'] }, ([values = null], run) => {
    for (const value of iterate(values, run)) if (!isTrue(value)) return false;
    return true;
  }),
  define({ name: 'any', parameters: ['iterable'] }, ([values = null], run) => {
    for (const value of iterate(values, run)) if (isTrue(value)) return true;
    return false;
  }),
  define({ name: 'bool', parameters: ['object?'] }, ([value = false]) => isTrue(value)),
  define({ name: 'enumerate', parameters: ['iterable', 'start?'] }, ([values = null, start = 0n], run) =>
    iteratorOf('enumerate', enumerateItems(requireIterable(values, run), indexOf(start), run)),
  ),
  define({ name: 'float', parameters: ['x?'] }, ([value = 0n], run) => toFloatValue(value, run)),
  define({ name: 'format', parameters: ['value', 'format_spec?'] }, ([value = null, spec = ''], run) =>
    typeof spec === 'string' ? formatValue(value, spec, run) : raise('TypeError', 'format() argument 2 must be str'),
  ),
  define({ name: 'int', parameters: ['x?', 'base?'] }, ([value = 0n, base], run) => toInt(value, base, run)),
  define({ name: 'len', parameters: ['obj'] }, ([value = null], run) => lengthOf(value, run)),
  define({ name: 'list', parameters: ['iterable?'] }, ([values], run) =>
    listOf(run, values === undefined ? [] : collect(values, run)),
  ),
  define({ name: 'repr', parameters: ['obj'] }, ([value = null], run) => represent(value, run)),
  define({ name: 'round', parameters: ['number', 'ndigits?'] }, ([value = null, places], run) => {
    spend(run, typeof places === 'bigint' && (places > 22n || places < -22n) ? 20 : 3);
    return round(value, places);
  }),
  define(
    { name: 'sorted', parameters: ['iterable', '*key', '*reverse'] },
    ([values = null, key = null, reverse = false], run) => sorted(values, key, isTrue(reverse), run),
  ),
  define({ name: 'str', parameters: ['object?'] }, ([value = ''], run) => textOf(value, run)),
  define({ name: 'sum', parameters: ['iterable', 'start?'] }, ([values = null, start = 0n], run) =>
    sum(values, start, run),
  ),
  define({ name: 'tuple', parameters: ['iterable?'] }, ([values], run) =>
    tupleOf(run, values === undefined ? [] : collect(values, run)),
  ),
  extreme('max'),
  extreme('min'),
];

const variadic: readonly PyFunction[] = [
  {
    type: 'function',
    name: 'dict',
    isClass: true,
    call: ({ positional, keywords }, run) => {
      if (positional.length > 1) raise('TypeError', `dict expected at most 1 argument, got ${positional.length}`);
      return makeDict(positional[0], keywords, run);
    },
  },
  {
    type: 'function',
    name: 'range',
    isClass: true,
    call: ({ positional, keywords }) => {
      if (keywords.size > 0) raise('TypeError', 'range() takes no keyword arguments');
      if (positional.length < 1 || positional.length > 3) {
        raise('TypeError', `range expected 1 to 3 arguments, got ${positional.length}`);
      }
      return makeRange(positional);
    },
  },
  {
    type: 'function',
    name: 'zip',
    isClass: true,
    call: ({ positional, keywords }, run) => {
      const [strict = false] = bind({ name: 'zip', parameters: ['*strict'] }, { positional: [], keywords });
      const sources = positional.map((source) => requireIterable(source, run));
      return iteratorOf('zip', zipItems(sources, isTrue(strict), run));
    },
  },
];

const classes = new Set(['bool', 'enumerate', 'float', 'int', 'list', 'str', 'tuple']);

/** What `python:` values can call. */
export const builtins: ReadonlyMap<string, PyFunction> = new Map(
  [...functions, ...variadic].map((found) => [
    found.name,
    classes.has(found.name) ? { ...found, isClass: true } : found,
  ]),
);
