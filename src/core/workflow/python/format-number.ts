import { fixedDigits, leadingDigits } from './decimals.ts';
import { type FormatSpec, pad } from './format-spec.ts';
import { toFloat } from './numbers.ts';
import { raise } from './python-error.ts';
import { printFloat, printInt } from './represent.ts';

/** The digits before and behind the point, or in front of the exponent. */
interface Digits {
  readonly whole: string;
  /** With the point, or the exponent. */
  readonly rest: string;
}

export function formatInt(value: bigint, spec: FormatSpec): string {
  const { kind, precision, grouping } = spec;
  if (/^[eEfFgG%]$/.test(kind)) return formatFloat(toFloat(value), spec);
  if (!/^[bcdnoxX]?$/.test(kind)) unknownKind(kind, 'int');
  if (precision !== undefined) raise('ValueError', 'Precision not allowed in integer format specifier');
  if (spec.noNegativeZero)
    raise('ValueError', 'Negative zero coercion (z) not allowed in format specifier with integer format code');
  if (grouping === '_' && kind === 'c') raise('ValueError', "Cannot specify '_' with 'c'.");
  if (grouping === ',' && /^[bcnoxX]$/.test(kind)) raise('ValueError', `Cannot specify ',' with '${kind}'.`);
  if (kind === 'c') return formatCharacter(value, spec);
  if (grouping === '_' && kind === 'n') raise('ValueError', "Cannot specify '_' with 'n'.");
  const magnitude = value < 0n ? -value : value;
  const [prefix, base] = radixes[kind.toLowerCase()] ?? ['', 10];
  const digits = base === 10 ? printInt(magnitude) : magnitude.toString(base);
  const whole = kind === 'X' ? digits.toUpperCase() : digits;
  const shown = spec.alternate ? (kind === 'X' ? prefix.toUpperCase() : prefix) : '';
  const sign = signOf(value < 0n, spec) + shown;
  return assemble(sign, { whole, rest: '' }, spec, base === 10 ? 3 : 4);
}

const radixes: Readonly<Record<string, readonly [string, number]>> = { b: ['0b', 2], o: ['0o', 8], x: ['0x', 16] };

function formatCharacter(value: bigint, spec: FormatSpec): string {
  if (spec.sign !== undefined) raise('ValueError', "Sign not allowed with integer format specifier 'c'");
  if (spec.alternate) raise('ValueError', "Alternate form (#) not allowed with integer format specifier 'c'");
  if (value < 0n || value > 0x10ffffn) raise('OverflowError', '%c arg not in range(0x110000)');
  return pad(spec, { body: String.fromCodePoint(Number(value)), length: 1, usual: '>' });
}

export function unknownKind(kind: string, type: string): never {
  return raise('ValueError', `Unknown format code '${kind}' for object of type '${type}'`);
}

export function formatFloat(value: number, spec: FormatSpec): string {
  const { kind, grouping } = spec;
  if (!/^[eEfFgGn%]?$/.test(kind)) unknownKind(kind, 'float');
  if (grouping !== '' && kind === 'n') raise('ValueError', `Cannot specify '${grouping}' with 'n'.`);
  const digits = digitsOfFloat(value, spec);
  const isUpper = /[EFG]/.test(kind);
  const { whole, rest } = isUpper ? { whole: digits.whole.toUpperCase(), rest: digits.rest.toUpperCase() } : digits;
  const isZero = spec.noNegativeZero && !/[1-9a-z]/i.test(whole + rest.replace(/e.*/i, ''));
  const isNegative = (value < 0 || Object.is(value, -0)) && !isZero;
  return assemble(signOf(isNegative, spec), { whole, rest }, spec, 3);
}

function signOf(isNegative: boolean, { sign }: FormatSpec): string {
  return isNegative ? '-' : sign === '+' || sign === ' ' ? sign : '';
}

function digitsOfFloat(value: number, { kind, precision, alternate }: FormatSpec): Digits {
  if (Number.isNaN(value)) return { whole: 'nan', rest: kind === '%' ? '%' : '' };
  const magnitude = Math.abs(kind === '%' ? value * 100 : value);
  if (magnitude === Number.POSITIVE_INFINITY) return { whole: 'inf', rest: kind === '%' ? '%' : '' };
  switch (kind.toLowerCase()) {
    case 'f':
      return fixed(magnitude, precision ?? 6, alternate);
    case '%': {
      const { whole, rest } = fixed(magnitude, precision ?? 6, alternate);
      return { whole, rest: `${rest}%` };
    }
    case 'e':
      return scientific(magnitude, precision ?? 6, alternate);
    case '':
      return precision === undefined
        ? shortest(magnitude, alternate)
        : general(magnitude, { precision, alternate, isPlain: true });
    default:
      return general(magnitude, { precision: precision ?? 6, alternate, isPlain: false });
  }
}

function split(text: string): Digits {
  const { whole = '', rest = '' } = /^(?<whole>\d*)(?<rest>.*)$/.exec(text)?.groups ?? {};
  return { whole, rest };
}

/** As Python prints it; with `#` there is always a point. */
function shortest(value: number, alternate: boolean): Digits {
  const { whole, rest } = split(printFloat(value));
  return { whole, rest: alternate && rest.startsWith('e') ? `.${rest}` : rest };
}

function fixed(value: number, places: number, alternate: boolean): Digits {
  const { whole, rest } = split(fixedDigits(value, places));
  return { whole, rest: rest === '' && alternate ? '.' : rest };
}

function scientific(value: number, places: number, alternate: boolean): Digits {
  const { digits, exponent } = leadingDigits(value, places + 1);
  return exponential(digits, exponent, alternate);
}

function exponential(digits: string, exponent: number, alternate: boolean): Digits {
  const point = digits.length > 1 || alternate ? '.' : '';
  const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  return { whole: digits.charAt(0), rest: `${point}${digits.slice(1)}e${power}` };
}

/** So many digits, without zeros at the end. `isPlain`: without a letter, which keeps one digit behind the point. */
function general(
  value: number,
  {
    precision,
    alternate,
    isPlain,
  }: { readonly precision: number; readonly alternate: boolean; readonly isPlain: boolean },
): Digits {
  const count = Math.max(precision, 1);
  const { digits, exponent } = leadingDigits(value, count);
  if (exponent < -4 || exponent >= count - (isPlain ? 1 : 0)) {
    return exponential(alternate ? digits : digits.replace(/(?<=.)0+$/, ''), exponent, alternate);
  }
  const { whole, rest } = split(fixedDigits(value, Math.max(count - 1 - exponent, 0)));
  const shown = alternate ? rest : rest.replace(/\.?0+$/, '');
  return { whole, rest: shown === '' && alternate ? '.' : shown === '' && isPlain ? '.0' : shown };
}

/** Sign, zeros, digits in groups, and blanks around them. */
function assemble(sign: string, { whole, rest }: Digits, spec: FormatSpec, size: number): string {
  const { grouping, width } = spec;
  const isFilledByZeros =
    (spec.fill ?? (spec.zero ? '0' : ' ')) === '0' && (spec.align ?? (spec.zero ? '=' : '>')) === '=';
  const wanted = isFilledByZeros ? width - sign.length - rest.length : 0;
  const grouped = grouping === '' || !/^\d/.test(whole) ? whole : group(whole, { grouping, size, wanted });
  const body = grouped + rest;
  return pad(spec, { sign, body, length: sign.length + body.length, usual: '>' });
}

/** `00,001,234`: zeros that fill belong to groups as well. */
function group(
  digits: string,
  { grouping, size, wanted }: { readonly grouping: string; readonly size: number; readonly wanted: number },
): string {
  const least = wanted - Math.floor(wanted / (size + 1));
  // No sign stands in front of the first digit, so that one more is needed.
  const isShort = least + Math.floor((least - 1) / size) < wanted;
  const padded = digits.padStart(isShort ? least + 1 : least, '0');
  const groups: string[] = [];
  for (let end = padded.length; end > 0; end -= size) groups.push(padded.slice(Math.max(0, end - size), end));
  return groups.reverse().join(grouping);
}
