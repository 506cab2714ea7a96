import { UsageError } from '../core/errors.ts';
import type { ParsedInput } from './define-command.ts';

/**
 * Words that may be given by place or by an option of the same name: `ssh use dgx` is `ssh use --profile dgx`. What an option
 * has said leaves its place to the next word. Throws a UsageError for a word too many.
 */
export function namedWords<Name extends string>(
  names: readonly Name[],
  { args, options }: ParsedInput,
): Readonly<Partial<Record<Name, string>>> {
  const given = args.filter((word) => word !== undefined).map(String);
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const word = options[name] === undefined ? given.shift() : String(options[name]);
    if (word !== undefined) found[name] = word;
  }
  if (given.length === 0) return found;
  throw new UsageError(`\`${given.join(' ')}\` is too much: an option says it already`, {
    code: 'usage.excess_arguments',
    hint: 'Say it once, by its place or by the option.',
  });
}

/** Throws a UsageError where it was not given. */
export function requireWord<Name extends string>(
  words: Readonly<Partial<Record<Name, string>>>,
  name: NoInfer<Name>,
): string {
  const word = words[name];
  if (word !== undefined) return word;
  throw new UsageError(`no ${name} was given`, {
    code: 'usage.missing_argument',
    hint: '`--help` behind the command shows how it is written.',
  });
}
