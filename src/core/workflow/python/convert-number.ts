import { spend } from './limits.ts';
import { asNumber } from './numbers.ts';
import { parseFloatText, parseInteger } from './numerals.ts';
import { raise } from './python-error.ts';
import { represent } from './represent.ts';
import { type PyValue, type Run, typeName } from './values.ts';

/** `int(value, base)`. */
export function toInt(value: PyValue, base: PyValue | undefined, run: Run): bigint {
  if (typeof value === 'string') {
    const radix = base === undefined ? 10 : Number(indexOf(base));
    if (radix !== 0 && (radix < 2 || radix > 36)) raise('ValueError', 'int() base must be >= 2 and <= 36, or 0');
    spend(run, value.length >> 1);
    // Only these bases are read at once.
    if (![0, 2, 8, 10, 16].includes(radix)) spend(run, value.length ** 2 / 512);
    const invalid = () => raise('ValueError', `invalid literal for int() with base ${radix}: ${represent(value, run)}`);
    return parseInteger(value, radix) ?? invalid();
  }
  if (base !== undefined) raise('TypeError', "int() can't convert non-string with explicit base");
  const number = asNumber(value);
  if (typeof number === 'bigint') return number;
  if (typeof number === 'number') return roundTowardsZero(number);
  return raise(
    'TypeError',
    `int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`,
  );
}

export function roundTowardsZero(value: number): bigint {
  if (Number.isNaN(value)) raise('ValueError', 'cannot convert float NaN to integer');
  if (!Number.isFinite(value)) raise('OverflowError', 'cannot convert float infinity to integer');
  return BigInt(Math.trunc(value));
}

/** `float(value)`. */
export function toFloatValue(value: PyValue, run: Run): number {
  if (typeof value === 'string') {
    spend(run, value.length >> 3);
    return parseFloatText(value) ?? raise('ValueError', `could not convert string to float: ${represent(value, run)}`);
  }
  const number = asNumber(value);
  if (typeof number === 'number') return number;
  if (number === undefined) {
    return raise('TypeError', `float() argument must be a string or a real number, not '${typeName(value)}'`);
  }
  const float = Number(number);
  return Number.isFinite(float) ? float : raise('OverflowError', 'int too large to convert to float');
}

/** An int where Python wants nothing else: in `range`, as an index, as a number of times. */
export function indexOf(value: PyValue): bigint {
  const number = asNumber(value);
  return typeof number === 'bigint'
    ? number
    : raise('TypeError', `'${typeName(value)}' object cannot be interpreted as an integer`);
}
