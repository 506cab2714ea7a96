import { limits } from './limits.ts';
import { raise } from './python-error.ts';

/** A number in the code. */
export function parseNumberLiteral(written: string): bigint | number {
  const plain = written.replaceAll('_', '');
  if (/^0[xXbBoO]|^\d+$/.test(plain)) return toInt(plain);
  return Number(plain);
}

/** Digits with an optional `0x`. */
function toInt(digits: string): bigint {
  if (digits.length > limits.intDigits && !/^0[xXbBoO]/.test(digits)) tooManyDigits();
  if (digits.length * 4 > limits.intBits) tooManyDigits();
  return BigInt(digits);
}

export function tooManyDigits(): never {
  return raise('ValueError', `an int has more than ${limits.intDigits} digits`);
}

const prefixes: Readonly<Record<string, number>> = { '0x': 16, '0o': 8, '0b': 2 };

/** `int(text, base)`; `undefined` if it is no such number. */
export function parseInteger(text: string, base: number): bigint | undefined {
  const { sign, digits: rest } = /^(?<sign>[-+]?)(?<digits>.*)$/s.exec(strip(text))?.groups ?? {};
  const prefix = rest?.slice(0, 2).toLowerCase() ?? '';
  const prefixBase = Object.hasOwn(prefixes, prefix) ? prefixes[prefix] : undefined;
  const isPrefixed = prefixBase !== undefined && (base === 0 || base === prefixBase);
  const used = base === 0 ? (prefixBase ?? 10) : base;
  const digits = (isPrefixed ? rest?.slice(2).replace(/^_/, '') : rest) ?? '';
  if (!/^[\da-zA-Z]+(?:_[\da-zA-Z]+)*$/.test(digits)) return undefined;
  if (base === 0 && !isPrefixed && /^0[_\d]*[1-9]/.test(digits)) return undefined;
  const plain = digits.replaceAll('_', '').toLowerCase();
  if (plain.length > limits.intDigits) tooManyDigits();
  const value = readDigits(plain, used);
  return value === undefined || sign !== '-' ? value : -value;
}

const readers: Readonly<Record<number, { readonly prefix: string; readonly digits: RegExp }>> = {
  2: { prefix: '0b', digits: /^[01]+$/ },
  8: { prefix: '0o', digits: /^[0-7]+$/ },
  10: { prefix: '', digits: /^\d+$/ },
  16: { prefix: '0x', digits: /^[\da-f]+$/ },
};

function readDigits(digits: string, base: number): bigint | undefined {
  const direct = readers[base];
  if (direct !== undefined) return direct.digits.test(digits) ? BigInt(direct.prefix + digits) : undefined;
  let value = 0n;
  for (const letter of digits) {
    const digit = Number.parseInt(letter, 36);
    if (digit >= base) return undefined;
    value = value * BigInt(base) + BigInt(digit);
  }
  return value;
}

/** `float(text)`; `undefined` if it is no number. */
export function parseFloatText(text: string): number | undefined {
  const plain = strip(text);
  const special = /^([-+]?)(?:(inf|infinity)|nan)$/i.exec(plain);
  if (special !== null) {
    if (special[2] === undefined) return Number.NaN;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const digits = '\\d+(?:_\\d+)*';
  const pattern = new RegExp(`^[-+]?(?:${digits}\\.?(?:${digits})?|\\.${digits})(?:[eE][-+]?${digits})?$`);
  return pattern.test(plain) ? Number(plain.replaceAll('_', '')) : undefined;
}

/** What `str.strip()` takes away: Python's blanks are not quite JavaScript's. */
export const blank = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';

function strip(text: string): string {
  return text.replace(new RegExp(`^${blank}+`), '').replace(new RegExp(`${blank}+$`), '');
}
