import { argNamed } from './attributes.ts';
import { indexOf } from './convert-number.ts';
import { spend } from './limits.ts';
import { raise } from './python-error.ts';
import { represent } from './represent.ts';
import {
  charactersOf,
  keyOf,
  lengthOfRange,
  listOf,
  type PyRange,
  type PyValue,
  type Run,
  tupleOf,
  typeName,
} from './values.ts';

/** `value[index]`. */
export function itemOf(value: PyValue, index: PyValue, run: Run): PyValue {
  if (typeof value === 'string') {
    const letters = charactersOf(value);
    spend(run, letters.length >> 4);
    return pick(letters, { index, name: 'string' });
  }
  if (typeof value === 'object' && value !== null) {
    switch (value.type) {
      case 'list':
      case 'tuple':
        return pick(value.items, { index, name: value.type });
      case 'dict': {
        const entry = value.entries.get(keyOf(index, run));
        return entry === undefined ? raise('KeyError', represent(index, run)) : entry[1];
      }
      case 'args':
        return typeof index === 'string'
          ? argNamed(index, `args[${represent(index, run)}]`, run)
          : raise('KeyError', represent(index, run));
      case 'range':
        return itemOfRange(value, index);
      default:
    }
  }
  return raise('TypeError', `'${typeName(value)}' object is not subscriptable`);
}

function pick<T extends PyValue>(
  items: readonly T[],
  { index, name }: { readonly index: PyValue; readonly name: string },
): T {
  const found = requireIndex(index, name);
  const item = items[Number(found < 0n ? found + BigInt(items.length) : found)];
  return item === undefined ? raise('IndexError', `${name} index out of range`) : item;
}

function requireIndex(index: PyValue, name: string): bigint {
  if (typeof index === 'bigint' || typeof index === 'boolean') return indexOf(index);
  const wanted =
    name === 'string' ? 'string indices must be integers, not' : `${name} indices must be integers or slices, not`;
  return raise('TypeError', name === 'string' ? `${wanted} '${typeName(index)}'` : `${wanted} ${typeName(index)}`);
}

function itemOfRange(range: PyRange, index: PyValue): bigint {
  const found = requireIndex(index, 'range');
  const length = lengthOfRange(range);
  const at = found < 0n ? found + length : found;
  return at < 0n || at >= length
    ? raise('IndexError', 'range object index out of range')
    : range.start + at * range.step;
}

export interface Slice {
  readonly start: PyValue;
  readonly stop: PyValue;
  readonly step: PyValue;
}

/** `value[start:stop:step]`. */
export function sliceOf(value: PyValue, slice: Slice, run: Run): PyValue {
  if (typeof value === 'string') {
    const letters = charactersOf(value);
    spend(run, letters.length >> 3);
    return choose(letters, slice).join('');
  }
  if (typeof value === 'object' && value !== null) {
    if (value.type === 'list') return listOf(run, choose(value.items, slice));
    if (value.type === 'tuple') return tupleOf(run, choose(value.items, slice));
    if (value.type === 'range') {
      const { start, stop, step } = boundsOf(slice, lengthOfRange(value));
      return {
        type: 'range',
        start: value.start + start * value.step,
        stop: value.start + stop * value.step,
        step: value.step * step,
      };
    }
    if (value.type === 'dict' || value.type === 'args') return raise('TypeError', "unhashable type: 'slice'");
  }
  return raise('TypeError', `'${typeName(value)}' object is not subscriptable`);
}

function choose<T>(items: readonly T[], slice: Slice): T[] {
  const bounds = boundsOf(slice, BigInt(items.length));
  const [start, stop, step] = [Number(bounds.start), Number(bounds.stop), Number(bounds.step)];
  if (step === 1) return items.slice(start, Math.max(start, stop));
  const found: T[] = [];
  for (let index = start; step > 0 ? index < stop : index > stop; index += step) {
    const item = items[index];
    if (item !== undefined) found.push(item);
  }
  return found;
}

function boundsOf({ start, stop, step }: Slice, length: bigint): { start: bigint; stop: bigint; step: bigint } {
  const stride = step === null ? 1n : boundOf(step);
  if (stride === 0n) raise('ValueError', 'slice step cannot be zero');
  const isForward = stride > 0n;
  const [lowest, highest] = isForward ? [0n, length] : [-1n, length - 1n];
  const clamp = (bound: PyValue, otherwise: bigint): bigint => {
    if (bound === null) return otherwise;
    const given = boundOf(bound);
    const index = given < 0n ? given + length : given;
    return index < lowest ? lowest : index > highest ? highest : index;
  };
  return {
    start: clamp(start, isForward ? lowest : highest),
    stop: clamp(stop, isForward ? highest : lowest),
    step: stride,
  };
}

function boundOf(value: PyValue): bigint {
  if (typeof value === 'bigint' || typeof value === 'boolean') return indexOf(value);
  return raise('TypeError', 'slice indices must be integers or None or have an __index__ method');
}
