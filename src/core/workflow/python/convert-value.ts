import { collect } from './iterate.ts';
import { spend } from './limits.ts';
import { textOf } from './represent.ts';
import { dictOf, listOf, type PyObject, type PyValue, type Run } from './values.ts';

/** The value of an arg: what templates compute with, and what `{{ name }}` prints. */
export interface ArgValue {
  readonly value: unknown;
  readonly text: string;
}

export function toArgValue(value: PyValue, run: Run): ArgValue {
  return { value: toPlain(value, run), text: textOf(value, run) };
}

function toPlain(value: PyValue, run: Run): unknown {
  spend(run, 1);
  if (typeof value === 'bigint') return toPlainInt(value);
  return typeof value === 'object' && value !== null ? objectToPlain(value, run) : value;
}

/** The template engine computes with ints of 64 bits; of larger ones only the text is exact. */
function toPlainInt(value: bigint): number | bigint {
  if (Number.isSafeInteger(Number(value))) return Number(value);
  return BigInt.asIntN(64, value) === value ? value : Number(value);
}

function objectToPlain(value: PyObject, run: Run): unknown {
  switch (value.type) {
    case 'list':
    case 'tuple':
    case 'set':
    case 'range':
      return collect(value, run).map((item) => toPlain(item, run));
    case 'dict':
      return Object.fromEntries(
        [...value.entries.values()].map(([key, item]) => [textOf(key, run), toPlain(item, run)]),
      );
    default:
      return textOf(value, run);
  }
}

/** A value as the YAML parser gives it, with the text that stands in the file. */
export type PlainValue =
  | { readonly kind: 'scalar'; readonly value: string | number | boolean | null; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly PlainValue[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [string, PlainValue])[] };

export function fromPlain(plain: PlainValue, run: Run): PyValue {
  spend(run, 1);
  switch (plain.kind) {
    case 'scalar':
      return typeof plain.value === 'number' ? numberOf(plain.value, plain.text) : plain.value;
    case 'list':
      return listOf(
        run,
        plain.items.map((item) => fromPlain(item, run)),
      );
    case 'map':
      return dictOf(
        run,
        plain.entries.map(([key, item]) => [key, fromPlain(item, run)]),
      );
  }
}

/** `1.0` is a float although it is whole, and a long int has more digits than the parser keeps. */
function numberOf(value: number, text: string): PyValue {
  if (/^[-+]?\d{1,4300}$/.test(text)) return BigInt(text.replace(/^\+/, ''));
  return Number.isInteger(value) && /^0[xo]/.test(text) ? BigInt(text) : value;
}
