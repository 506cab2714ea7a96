import { bind } from './call.ts';
import { indexOf } from './convert-number.ts';
import { formatFields } from './format-fields.ts';
import { limitWidth } from './format-spec.ts';
import { collect } from './iterate.ts';
import { joinTexts, spend, spendText } from './limits.ts';
import { blank } from './numerals.ts';
import { raise } from './python-error.ts';
import {
  type CallArguments,
  charactersOf,
  lengthOfText,
  listOf,
  type PyFunction,
  type PyValue,
  type Run,
  typeName,
} from './values.ts';

type Method = (text: string, args: CallArguments, run: Run) => PyValue;

function simple(
  name: string,
  parameters: readonly string[],
  body: (text: string, args: readonly (PyValue | undefined)[], run: Run) => PyValue,
): [string, Method] {
  return [name, (text, args, run) => body(text, bind({ name, parameters }, args), run)];
}

const methods: ReadonlyMap<string, Method> = new Map([
  simple('upper', [], (text) => text.toUpperCase()),
  simple('lower', [], (text) => text.toLowerCase()),
  simple('strip', ['chars?'], (text, [chars], run) => strip(text, { chars, left: true, right: true }, run)),
  simple('lstrip', ['chars?'], (text, [chars], run) => strip(text, { chars, left: true, right: false }, run)),
  simple('rstrip', ['chars?'], (text, [chars], run) => strip(text, { chars, left: false, right: true }, run)),
  simple('split', ['sep?', 'maxsplit?'], (text, [separator = null, most = -1n], run) =>
    listOf(run, split(text, separator, Number(indexOf(most)))),
  ),
  simple('join', ['iterable'], (text, [values = null], run) => join(text, collect(values, run), run)),
  simple('replace', ['old', 'new', 'count?'], (text, [old = null, fresh = null, count = -1n], run) =>
    replace(text, [textArgument('replace', old), textArgument('replace', fresh)], Number(indexOf(count)), run),
  ),
  simple('zfill', ['width'], (text, [width = null], run) => fillWithZeros(text, indexOf(width), run)),
  simple('startswith', ['prefix'], (text, [prefix = null]) =>
    textsArgument('startswith', prefix).some((part) => text.startsWith(part)),
  ),
  simple('endswith', ['suffix'], (text, [suffix = null]) =>
    textsArgument('endswith', suffix).some((part) => text.endsWith(part)),
  ),
  ['format', formatFields],
]);

/** A method of a text, with its text; `undefined` if there is none of this name. */
export function stringMethod(text: string, name: string): PyFunction | undefined {
  const method = methods.get(name);
  if (method === undefined) return undefined;
  const call = (args: CallArguments, run: Run): PyValue => {
    spend(run, 2 + (text.length >> 4));
    return method(text, args, run);
  };
  return { type: 'function', name, isClass: false, call };
}

export const stringMethodNames: readonly string[] = [...methods.keys()];

function textArgument(name: string, value: PyValue): string {
  return typeof value === 'string'
    ? value
    : raise('TypeError', `${name}() argument must be str, not ${typeName(value)}`);
}

function textsArgument(name: string, value: PyValue): readonly string[] {
  if (typeof value !== 'object' || value?.type !== 'tuple') return [textArgument(name, value)];
  return value.items.map((item) => textArgument(name, item));
}

const isBlank = new RegExp(`^${blank}$`);

function strip(
  text: string,
  {
    chars = null,
    left,
    right,
  }: { readonly chars: PyValue | undefined; readonly left: boolean; readonly right: boolean },
  run: Run,
): string {
  const letters = charactersOf(text);
  spend(run, letters.length >> 2);
  const taken = chars === null ? undefined : new Set(charactersOf(textArgument('strip', chars)));
  const isTaken = (letter: string | undefined) => letter !== undefined && (taken?.has(letter) ?? isBlank.test(letter));
  let from = 0;
  let to = letters.length;
  while (left && from < to && isTaken(letters[from])) from += 1;
  while (right && to > from && isTaken(letters[to - 1])) to -= 1;
  return letters.slice(from, to).join('');
}

const blanks = new RegExp(`${blank}+`, 'y');
const word = new RegExp(`(?:(?!${blank})[\\s\\S])+`, 'y');

function split(text: string, separator: PyValue, most: number): string[] {
  if (separator !== null) return splitBy(text, textArgument('split', separator), most);
  const parts: string[] = [];
  let at = 0;
  const skip = () => {
    blanks.lastIndex = at;
    if (blanks.test(text)) at = blanks.lastIndex;
  };
  for (skip(); at < text.length; skip()) {
    if (most >= 0 && parts.length >= most) {
      return [...parts, text.slice(at)];
    }
    word.lastIndex = at;
    word.test(text);
    parts.push(text.slice(at, word.lastIndex));
    at = word.lastIndex;
  }
  return parts;
}

function splitBy(text: string, separator: string, most: number): string[] {
  if (separator === '') raise('ValueError', 'empty separator');
  const parts = text.split(separator);
  if (most < 0 || parts.length <= most + 1) return parts;
  return [...parts.slice(0, most), parts.slice(most).join(separator)];
}

function join(separator: string, values: readonly PyValue[], run: Run): string {
  const texts = values.map((value, index) =>
    typeof value === 'string'
      ? value
      : raise('TypeError', `sequence item ${index}: expected str instance, ${typeName(value)} found`),
  );
  return joinTexts(run, texts, separator);
}

function replace(text: string, [old, fresh]: readonly [string, string], count: number, run: Run): string {
  const letters = old === '' ? charactersOf(text) : [];
  const pieces = old === '' ? [] : text.split(old);
  // An empty text is found before each character and at the end.
  const found = old === '' ? letters.length + 1 : pieces.length - 1;
  spend(run, found >> 2);
  const times = count < 0 ? found : Math.min(count, found);
  spendText(run, text.length + times * (fresh.length - old.length));
  if (old !== '') return [...pieces.slice(0, times), pieces.slice(times).join(old)].join(fresh);
  const changed = Math.min(times, letters.length);
  const before = letters.slice(0, changed).map((letter) => fresh + letter);
  return before.join('') + letters.slice(changed).join('') + (times > changed ? fresh : '');
}

function fillWithZeros(text: string, width: bigint, run: Run): string {
  const missing = (width < 0n ? 0 : Number(width)) - lengthOfText(text);
  if (missing <= 0) return text;
  limitWidth(`${width}`);
  spendText(run, missing);
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}
