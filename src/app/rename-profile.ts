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
  // Before anything is renamed: a database that cannot be opened must not leave the runs behind.
  const store = await context.store();
  const saved = renameProfile(context, names);
  await transact(store, () => renameTarget(store, names));
  return saved;
}
