import { printValue } from '../print-value.ts';
import {
  formatDate,
  formatDateTime,
  formatDelta,
  representDate,
  representDateTime,
  representDelta,
} from './date-text.ts';
import { joinTexts, limits, spend } from './limits.ts';
import { tooManyDigits } from './numerals.ts';
import { raise } from './python-error.ts';
import type { PyDict, PyFunction, PyObject, PyValue, Run } from './values.ts';

/** `str(value)`. */
export function textOf(value: PyValue, run: Run): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null) {
    if (value.type === 'date') return formatDate(value);
    if (value.type === 'datetime') return formatDateTime(value, ' ');
    if (value.type === 'timedelta') return formatDelta(value);
  }
  return represent(value, run);
}

/** `repr(value)`. */
export function represent(value: PyValue, run: Run): string {
  spend(run, 1);
  switch (typeof value) {
    case 'boolean':
      return value ? 'True' : 'False';
    case 'bigint':
      return printInt(value);
    case 'number':
      return printFloat(value);
    case 'string':
      return quote(value, run);
    default:
      return value === null ? 'None' : representObject(value, run);
  }
}

export function printInt(value: bigint): string {
  // A digit has 3.32 bits.
  if (BigInt.asIntN(14_000, value) === value) return value.toString();
  const text = value.toString(16).length > limits.intDigits ? tooManyDigits() : value.toString();
  return text.replace('-', '').length > limits.intDigits ? tooManyDigits() : text;
}

export function printFloat(value: number): string {
  return printValue(value, true);
}

function representObject(value: PyObject, run: Run): string {
  switch (value.type) {
    case 'list':
      return joinTexts(run, ['[', joinAll(value.items, run), ']']);
    case 'tuple':
      return joinTexts(run, ['(', joinAll(value.items, run), value.items.length === 1 ? ',)' : ')']);
    case 'dict':
      return representDict(value, run);
    case 'set':
      return joinTexts(
        run,
        value.entries.size === 0 ? ['set()'] : ['{', joinAll([...value.entries.values()], run), '}'],
      );
    case 'range': {
      const { start, stop, step } = value;
      return `range(${printInt(start)}, ${printInt(stop)}${step === 1n ? '' : `, ${printInt(step)}`})`;
    }
    case 'date':
      return representDate(value);
    case 'datetime':
      return representDateTime(value);
    case 'timedelta':
      return representDelta(value);
    case 'function':
      return representFunction(value);
    case 'module':
      return `<module '${value.name}'>`;
    case 'iterator':
      return raise('TypeError', `a ${value.name} has no text`, 'Make a list of it: `list(...)` or `[...]`.');
    case 'args':
      return raise('TypeError', 'all args together have no text', 'Name one of them: `args.name`.');
  }
}

function representFunction({ name, isClass }: PyFunction): string {
  return isClass ? `<class '${name}'>` : `<built-in function ${name}>`;
}

function joinAll(items: readonly PyValue[], run: Run): string {
  const texts = items.map((item) => represent(item, run));
  return joinTexts(run, texts, ', ');
}

function representDict({ entries }: PyDict, run: Run): string {
  const texts = [...entries.values()].map(([key, value]) => `${represent(key, run)}: ${represent(value, run)}`);
  return joinTexts(run, ['{', joinTexts(run, texts, ', '), '}']);
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

/** What does not print: controls, marks of direction, blanks other than the usual one, halves of characters. */
const unprintable = /[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function quote(text: string, run: Run): string {
  spend(run, text.length >> 1);
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = text
    .replace(unprintable, (letter) => escapes[letter] ?? escapeCode(letter))
    .replaceAll(mark, `\\${mark}`);
  return joinTexts(run, [mark, inside, mark]);
}

/** `ascii(value)`: what `!a` is. */
export function representAscii(value: PyValue, run: Run): string {
  return represent(value, run).replace(/[^\0-\x7f]/gu, escapeCode);
}

function escapeCode(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}
