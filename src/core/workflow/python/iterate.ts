import { limits, spend } from './limits.ts';
import { exceed, raise } from './python-error.ts';
import {
  charactersOf,
  lengthOfRange,
  type PyIterator,
  type PyObject,
  type PyRange,
  type PyValue,
  type Run,
  typeName,
} from './values.ts';

/** What a loop over a value gives, one after the other. */
export function* iterate(value: PyValue, run: Run): Generator<PyValue, void, undefined> {
  if (typeof value === 'object' && value !== null && value.type === 'iterator') {
    for (let item = resume(value, run); item !== undefined; item = resume(value, run)) yield item;
    return;
  }
  for (const item of itemsOf(value, run)) {
    spend(run, 1);
    yield item;
  }
}

/** The whole of it. */
export function collect(value: PyValue, run: Run): PyValue[] {
  const items: PyValue[] = [];
  for (const item of iterate(value, run)) {
    if (items.push(item) > limits.items)
      exceed(`there are more than ${limits.items} items in a list, a tuple, a set or a dict`);
  }
  return items;
}

/** The next item; `undefined` at the end. */
export function resume(iterator: PyIterator, run: Run): PyValue | undefined {
  if (iterator.running) raise('ValueError', `${iterator.name} already executing`);
  const { level } = run;
  enter(run, 10);
  iterator.running = true;
  const { done, value } = iterator.source.next();
  iterator.running = false;
  run.level = level;
  return done === true ? undefined : (value as PyValue);
}

/** Deeper into the evaluation, which has a stack to keep to. */
export function enter(run: Run, levels: number): void {
  run.level += levels;
  if (run.level > limits.level) exceed('generators and expressions are nested too deeply');
}

function itemsOf(value: PyValue, run: Run): Iterable<PyValue> {
  if (typeof value === 'string') {
    spend(run, value.length >> 4);
    return charactersOf(value);
  }
  if (typeof value !== 'object' || value === null) return notIterable(value);
  return itemsOfObject(value);
}

function itemsOfObject(value: PyObject): Iterable<PyValue> {
  switch (value.type) {
    case 'list':
    case 'tuple':
      return value.items;
    case 'dict':
      return keysOf(value.entries.values());
    case 'set':
      return value.entries.values();
    case 'range':
      return numbersOf(value);
    case 'args':
      return value.names;
    default:
      return notIterable(value);
  }
}

function notIterable(value: PyValue): never {
  return raise('TypeError', `'${typeName(value)}' object is not iterable`);
}

function* keysOf(entries: Iterable<readonly [PyValue, PyValue]>): Generator<PyValue> {
  for (const [key] of entries) yield key;
}

function* numbersOf(range: PyRange): Generator<PyValue> {
  const length = lengthOfRange(range);
  for (let index = 0n; index < length; index += 1n) yield range.start + index * range.step;
}
