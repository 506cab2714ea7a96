import { UsageError } from '../core/errors.ts';
import type { AppContext } from './app-context.ts';
import { isRemote } from './target-name.ts';

/** The profile that was named, or else the one in use, as for every other command. Throws a UsageError where there is none. */
export function chooseProfile(context: Pick<AppContext, 'selection'>, word: string | undefined): string {
  if (word !== undefined) return word;
  const { name } = context.selection();
  if (isRemote(name)) return name;
  throw new UsageError('no profile is named, and none is in use', {
    code: 'usage.profile',
    hint: 'Name one; `srunx ssh list` shows them, `srunx ssh use` chooses one for all commands.',
  });
}
