import { indexOf } from './convert-number.ts';
import { iterate } from './iterate.ts';
import { spend } from './limits.ts';
import type { Comparison } from './node.ts';
import { asNumber } from './numbers.ts';
import { raise } from './python-error.ts';
import {
  hasPairs,
  keyOf,
  lengthOfRange,
  type PyObject,
  type PyRange,
  type PyValue,
  type Run,
  typeName,
} from './values.ts';

export function compare(operator: Comparison, left: PyValue, right: PyValue, run: Run): boolean {
  switch (operator) {
    case '==':
      return isEqual(left, right, run);
    case '!=':
      return !isEqual(left, right, run);
    case 'in':
      return isIn(left, right, run);
    case 'not in':
      return !isIn(left, right, run);
    case 'is':
      return left === right;
    case 'is not':
      return left !== right;
    default:
      return isOrdered(operator, left, right, run);
  }
}

/** `==`: numbers of all kinds are compared by value, everything else within its kind. */
export function isEqual(left: PyValue, right: PyValue, run: Run): boolean {
  spend(run, 1);
  const [one, other] = [asNumber(left), asNumber(right)];
  // JavaScript compares an int with a float exactly.
  // biome-ignore lint/suspicious/noDoubleEquals: only that compares a bigint with a number
  if (one !== undefined && other !== undefined) return one == other;
  if (typeof left === 'string' || typeof right === 'string') {
    if (left === right && typeof left === 'string') spend(run, left.length >> 6);
    return left === right;
  }
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right;
  return left === right || areEqual(left, right, run);
}

function areEqual(left: PyObject, right: PyObject, run: Run): boolean {
  if ((left.type === 'list' && right.type === 'list') || (left.type === 'tuple' && right.type === 'tuple')) {
    return (
      left.items.length === right.items.length &&
      left.items.every((item, index) => isEqual(item, right.items[index] ?? null, run))
    );
  }
  if (left.type === 'dict' && right.type === 'dict') {
    return (
      left.entries.size === right.entries.size &&
      [...left.entries].every(([key, [, value]]) => {
        const found = right.entries.get(key);
        return found !== undefined && isEqual(value, found[1], run);
      })
    );
  }
  if (left.type === 'set' && right.type === 'set') {
    return left.entries.size === right.entries.size && contains(right.entries, left.entries, run);
  }
  if (left.type === 'range' && right.type === 'range') return shapeOf(left) === shapeOf(right);
  if (left.type === 'date' && right.type === 'date') return left.day === right.day;
  if (left.type === 'datetime' && right.type === 'datetime') return left.microseconds === right.microseconds;
  return left.type === 'timedelta' && right.type === 'timedelta' && left.microseconds === right.microseconds;
}

/** Equal ranges have the same items. */
function shapeOf(range: PyRange): string {
  const length = lengthOfRange(range);
  return length === 0n ? '' : `${range.start},${length}${length === 1n ? '' : `,${range.step}`}`;
}

function contains(whole: ReadonlyMap<string, unknown>, part: ReadonlyMap<string, unknown>, run: Run): boolean {
  spend(run, part.size);
  return [...part.keys()].every((key) => whole.has(key));
}

function isIn(item: PyValue, container: PyValue, run: Run): boolean {
  if (typeof container === 'string') {
    if (typeof item !== 'string') {
      return raise('TypeError', `'in <string>' requires string as left operand, not ${typeName(item)}`);
    }
    spend(run, container.length >> 4);
    return container.includes(item);
  }
  if (typeof container !== 'object' || container === null || isNoContainer(container)) {
    return raise('TypeError', `argument of type '${typeName(container)}' is not iterable`);
  }
  if (container.type === 'dict' || container.type === 'set') return container.entries.has(keyOf(item, run));
  if (container.type === 'args') return typeof item === 'string' && container.names.includes(item);
  if (container.type === 'range' && typeof asNumber(item) === 'bigint') return isInRange(indexOf(item), container);
  for (const other of iterate(container, run)) if (isEqual(item, other, run)) return true;
  return false;
}

function isNoContainer({ type }: PyObject): boolean {
  return /^(?:date|datetime|timedelta|function|module)$/.test(type);
}

function isInRange(item: bigint, range: PyRange): boolean {
  const distance = item - range.start;
  return distance % range.step === 0n && distance / range.step >= 0n && distance / range.step < lengthOfRange(range);
}

type Order = '<' | '<=' | '>' | '>=';

function isOrdered(operator: Order, left: PyValue, right: PyValue, run: Run): boolean {
  spend(run, 2);
  const [one, other] = [asNumber(left), asNumber(right)];
  if (one !== undefined && other !== undefined) return holds(operator, one, other);
  if (typeof left === 'string' && typeof right === 'string') {
    spend(run, Math.max(left.length, right.length) >> 3);
    return holds(operator, orderOfTexts(left, right), 0);
  }
  const found = isObject(left) && isObject(right) ? orderObjects(operator, left, right, run) : undefined;
  if (found !== undefined) return found;
  const kinds = `'${typeName(left)}' and '${typeName(right)}'`;
  return raise('TypeError', `'${operator}' not supported between instances of ${kinds}`);
}

function isObject(value: PyValue): value is PyObject {
  return typeof value === 'object' && value !== null;
}

function holds(operator: Order, left: bigint | number, right: bigint | number): boolean {
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

/** By characters, where JavaScript would compare their halves. */
function orderOfTexts(left: string, right: string): number {
  if (left === right) return 0;
  if (!hasPairs(left) && !hasPairs(right)) return left < right ? -1 : 1;
  const [one, other] = [[...left], [...right]];
  const index = one.findIndex((letter, at) => letter !== other[at]);
  if (index < 0) return -1;
  return (one[index]?.codePointAt(0) ?? -1) < (other[index]?.codePointAt(0) ?? -1) ? -1 : 1;
}

function orderObjects(operator: Order, left: PyObject, right: PyObject, run: Run): boolean | undefined {
  if ((left.type === 'list' && right.type === 'list') || (left.type === 'tuple' && right.type === 'tuple')) {
    const index = left.items.findIndex(
      (item, at) => at >= right.items.length || !isEqual(item, right.items[at] ?? null, run),
    );
    const [one, other] = [left.items[index], right.items[index]];
    if (index < 0 || one === undefined || other === undefined)
      return holds(operator, left.items.length, right.items.length);
    return isOrdered(operator, one, other, run);
  }
  if (left.type === 'set' && right.type === 'set') {
    const [part, whole] = operator.startsWith('<') ? [left.entries, right.entries] : [right.entries, left.entries];
    return contains(whole, part, run) && (operator.endsWith('=') || part.size < whole.size);
  }
  if (left.type === 'date' && right.type === 'date') return holds(operator, left.day, right.day);
  if ((left.type === 'datetime' || left.type === 'timedelta') && right.type === left.type) {
    return holds(operator, left.microseconds, right.microseconds);
  }
  return undefined;
}
