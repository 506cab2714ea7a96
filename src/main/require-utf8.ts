import { isUtf8 } from 'node:buffer';
import { readFileSync, readlinkSync } from 'node:fs';
import { UsageError } from '../core/errors.ts';

/**
 * Refuses words that are no UTF-8. Node reads the command line as UTF-8 and puts U+FFFD in the place of everything else, so a
 * script, a name or an argument would reach Slurm changed. The bytes themselves are in /proc; without it nothing can be told.
 */
export function requireUtf8(words: readonly string[]): void {
  if (!words.some((word) => word.includes('\u{fffd}'))) return;
  const given = wordsIn('/proc/self/cmdline').slice(-words.length);
  const index = given.findIndex((bytes) => !isUtf8(bytes));
  const wrong = given[index];
  if (wrong === undefined) return;
  throw new UsageError(`argument ${index + 1} is not UTF-8 text: ${shown(wrong)}`, {
    code: 'usage.encoding',
    hint: 'Put a command with other bytes into a script, and give a file a name in UTF-8.',
  });
}

/** The same for the directory in which jobs would run. */
export function requireUtf8Directory(directory: string): void {
  if (!directory.includes('\u{fffd}')) return;
  let bytes: Buffer;
  try {
    bytes = readlinkSync('/proc/self/cwd', 'buffer');
  } catch {
    return;
  }
  if (isUtf8(bytes)) return;
  throw new UsageError('the name of the current directory is not UTF-8 text, so no job can be sent to it', {
    code: 'usage.encoding',
    hint: 'Rename it, or submit from another directory.',
  });
}

/**
 * Variables that hold other bytes: a job gets them changed in the same way. Nothing is refused for them, because sessions carry
 * variables around that nobody needs.
 */
export function changedVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  if (!Object.values(env).some((value) => value?.includes('\u{fffd}'))) return [];
  return wordsIn('/proc/self/environ')
    .filter((bytes) => !isUtf8(bytes))
    .map((bytes) => shown(bytes.subarray(0, bytes.indexOf('='))));
}

function shown(bytes: Buffer): string {
  return bytes.toString('latin1').replaceAll(/[^\x20-\x7e]/g, (byte) => `\\x${hex(byte)}`);
}

function hex(byte: string): string {
  return byte.charCodeAt(0).toString(16).padStart(2, '0');
}

/** What the system keeps of this process as it was given, each with a zero behind it. */
function wordsIn(path: string): readonly Buffer[] {
  let all: Buffer;
  try {
    all = readFileSync(path);
  } catch {
    return [];
  }
  const words: Buffer[] = [];
  for (let start = 0; start < all.length; ) {
    const end = all.indexOf(0, start);
    words.push(all.subarray(start, end < 0 ? all.length : end));
    start = end < 0 ? all.length : end + 1;
  }
  return words;
}
