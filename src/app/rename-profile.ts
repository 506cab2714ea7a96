import { BugError } from '../core/errors.ts';
import { renameTarget } from '../store/runs.ts';
import { transact } from '../store/transaction.ts';
import type { AppContext } from './app-context.ts';
import type { Saved } from './change-profiles.ts';
import { renameProfile } from './save-profile.ts';

/** Its runs go along: they are found by the name of their target. */
export async function renameProfileWithRuns(
  context: Pick<AppContext, 'configDir' | 'cwd' | 'env' | 'store'>,
  names: { readonly from: string; readonly to: string },
): Promise<Saved> {
  const store = await context.store();
  let saved: Saved | undefined;
  await transact(store, () => {
    renameTarget(store, names);
    // Where it is refused, the runs keep theirs, too. All this may be run again.
    saved ??= renameProfile(context, names);
  });
  if (saved === undefined) throw new BugError('a profile was renamed by nobody', { code: 'bug.profile' });
  return saved;
}
