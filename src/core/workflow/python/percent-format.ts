import { roundTowardsZero } from './convert-number.ts';
import { formatFloat, formatInt } from './format-number.ts';
import { type FormatSpec, limitWidth, pad } from './format-spec.ts';
import { joinTexts, spend } from './limits.ts';
import { asNumber, toFloat } from './numbers.ts';
import { raise } from './python-error.ts';
import { represent, representAscii, textOf } from './represent.ts';
import { charactersOf, keyOf, lengthOfText, type PyValue, type Run, typeName } from './values.ts';

const directive =
  /%(?:\((?<key>[^)]*)\))?(?<flags>[-+ #0]*)(?<width>\*|\d+)?(?:\.(?<precision>\*|\d*))?[hlL]?(?<kind>[\s\S]?)/g;

/** `"%03d" % 7`. */
export function formatPercent(text: string, values: PyValue, run: Run): string {
  const isTuple = typeof values === 'object' && values?.type === 'tuple';
  const items = isTuple ? values.items : [values];
  const mapping = typeof values === 'object' && values?.type === 'dict' ? values : undefined;
  let used = 0;
  const next = (): PyValue => {
    const item = items[used];
    used += 1;
    return item === undefined ? raise('TypeError', 'not enough arguments for format string') : item;
  };
  const size = (written: string | undefined): number | undefined => {
    if (written !== '*') return written === undefined ? undefined : limitWidth(written);
    const value = next();
    return typeof value === 'bigint' ? limitWidth(`${value < 0n ? 0n : value}`) : raise('TypeError', '* wants int');
  };
  const parts: string[] = [];
  let at = 0;
  for (const match of text.matchAll(directive)) {
    const { key, flags = '', width, precision, kind = '' } = match.groups ?? {};
    parts.push(text.slice(at, match.index));
    at = match.index + match[0].length;
    const sizes = { width: size(width) ?? 0, precision: size(precision) };
    if (kind === '%') parts.push('%');
    else if (key === undefined) parts.push(formatItem(next(), { flags, ...sizes, kind }, run));
    else {
      const entry =
        mapping === undefined ? raise('TypeError', 'format requires a mapping') : mapping.entries.get(keyOf(key, run));
      parts.push(
        formatItem(
          entry === undefined ? raise('KeyError', represent(key, run)) : entry[1],
          { flags, ...sizes, kind },
          run,
        ),
      );
      used = items.length;
    }
  }
  parts.push(text.slice(at));
  const isAll = used >= items.length || mapping !== undefined || (!isTuple && isSequence(values));
  if (!isAll) raise('TypeError', 'not all arguments converted during string formatting');
  return joinTexts(run, parts);
}

/** Lists may be left over, as in Python. */
function isSequence(value: PyValue): boolean {
  return typeof value === 'object' && (value?.type === 'list' || value?.type === 'range');
}

interface Directive {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly kind: string;
}

function formatItem(value: PyValue, { flags, width, precision, kind }: Directive, run: Run): string {
  spend(run, 2 + ((width + (precision ?? 0)) >> 1));
  const isLeft = flags.includes('-');
  const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : undefined;
  const zero = flags.includes('0') && !isLeft;
  const rest = { fill: undefined, noNegativeZero: false, width, grouping: '', precision } as const;
  const spec: FormatSpec = {
    ...rest,
    align: isLeft ? '<' : undefined,
    sign,
    alternate: flags.includes('#'),
    zero,
    kind,
  };
  if (/[sra]/.test(kind)) {
    const text = kind === 's' ? textOf(value, run) : kind === 'r' ? represent(value, run) : representAscii(value, run);
    const body = precision === undefined ? text : charactersOf(text).slice(0, precision).join('');
    return pad({ ...spec, zero: false }, { body, length: lengthOfText(body), usual: '>' });
  }
  if (kind === 'c') return formatCharacter(value, spec);
  if (/[diuoxX]/.test(kind)) return formatWhole(value, spec);
  if (/[eEfFgG]/.test(kind)) {
    const number = asNumber(value);
    return formatFloat(number === undefined ? notNumber('real number is required', value) : toFloat(number), spec);
  }
  return raise('ValueError', kind === '' ? 'incomplete format' : `unsupported format character '${kind}'`);
}

function notNumber(what: string, value: PyValue): never {
  return raise('TypeError', `a ${what}, not ${typeName(value)}`);
}

function formatCharacter(value: PyValue, spec: FormatSpec): string {
  const number = asNumber(value);
  if (typeof number === 'bigint')
    return formatInt(number, { ...spec, sign: undefined, alternate: false, precision: undefined });
  if (typeof value !== 'string' || lengthOfText(value) !== 1) return raise('TypeError', '%c requires int or char');
  return pad(spec, { body: value, length: 1, usual: '>' });
}

function formatWhole(value: PyValue, spec: FormatSpec): string {
  const number = asNumber(value);
  if (number === undefined) return notNumber('real number is required', value);
  const isDecimal = /[diu]/.test(spec.kind);
  if (typeof number === 'number' && !isDecimal) return notNumber('integer is required', value);
  const whole = typeof number === 'bigint' ? number : roundTowardsZero(number);
  const kind = isDecimal ? 'd' : spec.kind;
  if (spec.precision === undefined) return formatInt(whole, { ...spec, kind });
  // The least number of digits, which zeros fill up.
  const bare = {
    ...spec,
    kind,
    precision: undefined,
    width: 0,
    zero: false,
    align: undefined,
    sign: undefined,
    alternate: false,
  };
  const digits = formatInt(whole < 0n ? -whole : whole, bare).padStart(spec.precision, '0');
  const prefix = spec.alternate && !isDecimal ? `0${spec.kind}` : '';
  const sign = whole < 0n ? '-' : (spec.sign ?? '');
  const before = sign + prefix;
  return pad(spec, { sign: before, body: digits, length: before.length + digits.length, usual: '>' });
}
