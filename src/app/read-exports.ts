import type { Shell } from '../shell/shell.ts';
import { type BesidePlace, readBesideReceipts } from './read-beside-receipts.ts';

/**
 * What the jobs of a run have written for others when they ran, by token, all of them with one command. The lines are as they were
 * written; the wrapper has made lines of JSON already.
 */
export function readExports(
  shell: Pick<Shell, 'run'>,
  place: Omit<BesidePlace, 'suffix'>,
): Promise<ReadonlyMap<string, string>> {
  return readBesideReceipts(shell, { ...place, suffix: '.exports' });
}

/** By key; a line of a key counts the last time. */
export function parseExports(text: string): Readonly<Record<string, string>> {
  // A value may hold characters that end a line elsewhere.
  const found = text.split('\n').map((line) => /^([A-Za-z_]\w*)=(.*)$/s.exec(line));
  return Object.fromEntries(found.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? '']])));
}
