import { parse } from 'yaml';
import { UsageError } from '../errors.ts';
import type { AxisValue } from './sweep.ts';

export type ScalarValue = string | number | boolean;

/** `KEY=VALUE` words, split at the first `=`; the last of a key wins, and values are text. Throws a UsageError. */
export function parseArgFlags(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => splitFlag('--arg', word, 'KEY=VALUE')));
}

/**
 * `KEY=v1,v2` words: the values of each axis, as text. There is no escaping of commas, and what stands between two of them counts, also
 * nothing; the last of a key replaces the axis. With `typed`, values are what YAML takes them for (`0.1`, `true`), and a list in
 * brackets may have commas in quotes: `x=["a,b", c]`. Throws a UsageError.
 */
export function parseSweepFlags(
  words: readonly string[],
  options: { readonly typed?: boolean } = {},
): Record<string, ScalarValue[]> {
  const axes = readSweepFlags(words, options);
  return Object.fromEntries([...axes].map(([key, values]) => [key, values.map(({ value }) => value as ScalarValue)]));
}

/** The same with what was written beside each value. */
export function readSweepFlags(
  words: readonly string[],
  { typed = false, flag = '--sweep' }: { readonly typed?: boolean; readonly flag?: string } = {},
): ReadonlyMap<string, readonly AxisValue[]> {
  const axes = new Map<string, readonly AxisValue[]>();
  for (const word of words) {
    const [key, text] = splitFlag(flag, word, 'KEY=v1,v2,...');
    axes.set(
      key,
      typed ? typedValues(`${flag} ${key}`, text) : text.split(',').map((value) => ({ value, text: value })),
    );
  }
  return axes;
}

function splitFlag(flag: string, word: string, shape: string): readonly [string, string] {
  const at = word.indexOf('=');
  if (at > 0) return [word.slice(0, at), word.slice(at + 1)];
  const fault = at < 0 ? `is not in ${shape} format` : 'has an empty key';
  throw new UsageError(`${flag} ${word} ${fault}`, { code: 'usage.option_value', hint: `Write ${flag} ${shape}.` });
}

function typedValues(key: string, text: string): readonly AxisValue[] {
  if (!text.startsWith('[')) return text.split(',').map((word) => typedValue(key, word));
  const list = readYaml(key, text);
  if (Array.isArray(list)) {
    return list.map((value: unknown) => {
      if (!isScalar(value)) throw noScalar(key, JSON.stringify(value));
      return { value, text: String(value) };
    });
  }
  throw noScalar(key, text);
}

/** As it was written, whatever it is taken for. */
function typedValue(key: string, word: string): AxisValue {
  const value = word === '' ? '' : readYaml(key, word);
  if (isScalar(value)) return { value, text: typeof value === 'string' ? value : word.trim() };
  throw noScalar(key, word);
}

function readYaml(key: string, text: string): unknown {
  try {
    return parse(text, { schema: 'core' });
  } catch {
    throw noScalar(key, text);
  }
}

function isScalar(value: unknown): value is ScalarValue {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function noScalar(key: string, word: string): UsageError {
  return new UsageError(`${key}: \`${word}\` contains a non-scalar value (only str/int/float/bool allowed)`, {
    code: 'usage.option_value',
    hint: 'Put text with special characters into quotes, or leave --typed out.',
  });
}
