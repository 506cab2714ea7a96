import { UsageError } from '../core/errors.ts';
import type { AppContext, Connection } from './app-context.ts';
import { isRemote } from './target-name.ts';

export interface NamedConnection extends Connection {
  readonly profile: string;
}

/** Of the profile that was named, or else of the selected one. Throws where neither is a profile. */
export function chooseConnection(context: AppContext, word: string | undefined): NamedConnection {
  const profile = word ?? context.selection().name;
  if (isRemote(profile)) return { profile, ...context.connection(profile) };
  throw new UsageError('there is nothing to connect to: no profile is named, and none is in use', {
    code: 'usage.profile',
    hint: 'Name one; `srunx ssh list` shows them, `srunx ssh use` chooses one for all commands.',
  });
}
