import { BugError } from './errors.ts';

/** Text for a POSIX shell is built here and nowhere else. */

const plainWord = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** One word for a POSIX shell, quoted only where it must be. NUL cannot be part of any argument. */
export function quoteWord(word: string): string {
  if (word.includes('\0')) throw new RangeError('a NUL byte cannot be part of a shell word');
  if (plainWord.test(word) && !word.startsWith('=')) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line whose words a POSIX shell reads back exactly as given. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}

/** Like {@link quoteWord}, but a leading `~` stays the home directory of the account that runs the line. */
export function quotePath(path: string): string {
  if (path === '~') return '"$HOME"';
  return path.startsWith('~/') ? `"$HOME"/${quoteWord(path.slice(2))}` : quoteWord(path);
}

/** Before a name stands in such text: it cannot be quoted. Throws a BugError; whoever takes names from people checks them before. */
export function requireVariableName(name: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return;
  throw new BugError(`${JSON.stringify(name)} is no name of a variable`, { code: 'bug.variable' });
}
