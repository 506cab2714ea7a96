import { parseTimeLimitInput } from '../slurm/duration.ts';
import { parseMemoryInput } from '../slurm/memory.ts';
import type { ConfigKind } from './config-schema.ts';

/** What is expected of a value of this kind, in words. */
export function expectationOf(kind: ConfigKind): string {
  if (typeof kind === 'object') return `one of ${kind.oneOf.join(', ')}`;
  switch (kind) {
    case 'text':
    case 'secret':
      return 'text in one line';
    case 'value':
      return 'text';
    case 'mounts':
      return 'a list of {name, local, remote, exclude_patterns}, with a remote path that begins with /';
    case 'texts':
      return 'a list of texts';
    case 'flag':
      return 'true or false';
    case 'count':
      return 'a whole number from 1';
    case 'amount':
      return 'a whole number from 0';
    case 'port':
      return 'a port from 1 to 65535';
    case 'memory':
      return 'an amount of memory such as 32G';
    case 'time':
      return 'a time limit such as 90, 2:00:00 or 1-12';
  }
}

/** Whether a value, as JSON has it, is of the kind. `null` means: none, whatever lower files say. */
export function fitsKind(value: unknown, kind: ConfigKind): boolean {
  if (value === null) return true;
  if (typeof kind === 'object') return typeof value === 'string' && kind.oneOf.includes(value);
  switch (kind) {
    case 'text':
    case 'secret':
      return isLine(value);
    case 'value':
      return typeof value === 'string' && !value.includes('\0');
    case 'mounts':
      return Array.isArray(value) && value.every(isMount);
    case 'texts':
      return Array.isArray(value) && value.every(isLine);
    case 'flag':
      return typeof value === 'boolean';
    case 'count':
      return isWhole(value, 1);
    case 'amount':
      return isWhole(value, 0);
    case 'port':
      return isWhole(value, 1) && Number(value) <= 65_535;
    case 'memory':
      return isLine(value) && parses(() => parseMemoryInput(value));
    case 'time':
      return isLine(value) && parses(() => parseTimeLimitInput(value));
  }
}

function isLine(value: unknown): value is string {
  return typeof value === 'string' && !/[\0\n\r]/.test(value);
}

function isMount(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { name, local, remote, exclude_patterns: patterns = [] } = value as Readonly<Record<string, unknown>>;
  const places = isLine(name) && isLine(local) && isLine(remote) && remote.startsWith('/');
  return places && Array.isArray(patterns) && patterns.every(isLine);
}

/** The reference takes a number in quotes too. */
function isWhole(value: unknown, least: number): boolean {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= least && number <= 1e9;
}

function parses(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}

/**
 * The value that a text stands for, as a variable or a command line has it: `true`, `4`, `a,b` for a list, `null` or
 * nothing at all for none. `undefined` where it stands for none of the kind.
 */
export function readConfigText(text: string, kind: ConfigKind): unknown {
  if (text === 'null') return null;
  if (kind === 'flag') {
    if (/^(?:1|true|yes|on)$/i.test(text)) return true;
    return /^(?:0|false|no|off)$/i.test(text) ? false : undefined;
  }
  const value =
    kind === 'texts' || kind === 'mounts'
      ? readList(text)
      : kind === 'count' || kind === 'amount' || kind === 'port'
        ? readNumber(text)
        : text;
  return value !== undefined && fitsKind(value, kind) ? value : undefined;
}

function readNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function readList(text: string): readonly unknown[] | undefined {
  if (!text.startsWith('[')) return text.split(',').map((item) => item.trim());
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}
