import { limits } from './limits.ts';
import { exceed, raise } from './python-error.ts';

/** What stands behind `:` in `{x:>10,.3f}`. */
export interface FormatSpec {
  /** As written: `undefined` where it is left to the type. */
  readonly fill: string | undefined;
  readonly align: '<' | '>' | '=' | '^' | undefined;
  readonly sign: '-' | '+' | ' ' | undefined;
  readonly noNegativeZero: boolean;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number;
  readonly grouping: ',' | '_' | '';
  readonly precision: number | undefined;
  readonly kind: string;
}

const pattern =
  /^(?:(?<fill>[\s\S])?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<z>z)?(?<alternate>#)?(?<zero>0)?(?<width>\d+)?(?<grouping>[,_])?(?:\.(?<precision>\d+))?(?<kind>[a-zA-Z%])?$/u;

export function parseFormatSpec(text: string, typeName: string): FormatSpec {
  const found = text.length > 64 ? null : pattern.exec(text);
  if (found?.groups === undefined) {
    return raise('ValueError', `Invalid format specifier '${text.slice(0, 64)}' for object of type '${typeName}'`);
  }
  const { fill, align, sign, z, alternate, zero, width = '0', grouping = '', precision, kind = '' } = found.groups;
  return {
    fill,
    align: align as FormatSpec['align'],
    sign: sign as FormatSpec['sign'],
    noNegativeZero: z !== undefined,
    alternate: alternate !== undefined,
    zero: zero !== undefined,
    width: limitWidth(width),
    grouping: grouping as FormatSpec['grouping'],
    precision: precision === undefined ? undefined : limitWidth(precision),
    kind,
  };
}

/** Of a width or a number of digits. */
export function limitWidth(digits: string): number {
  const value = Number(digits);
  return value > limits.formatWidth ? exceed(`a format is wider than ${limits.formatWidth} characters`) : value;
}

/** Fills up to the width. `sign` is what zeros stand behind, `+` or `0x`. */
export function pad(
  { fill, align, zero, width }: FormatSpec,
  { sign = '', body, length, usual }: { sign?: string; body: string; length: number; usual: '<' | '>' },
): string {
  const missing = width - length;
  if (missing <= 0) return sign + body;
  const letter = fill ?? (zero ? '0' : ' ');
  switch (align ?? (zero && usual === '>' ? '=' : usual)) {
    case '<':
      return sign + body + letter.repeat(missing);
    case '>':
      return letter.repeat(missing) + sign + body;
    case '=':
      return sign + letter.repeat(missing) + body;
    case '^': {
      const before = Math.floor(missing / 2);
      return letter.repeat(before) + sign + body + letter.repeat(missing - before);
    }
  }
}
