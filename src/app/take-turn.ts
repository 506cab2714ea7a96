import { ConnectionError, StorageError } from '../core/errors.ts';
import { awaitBudget } from '../engine/await-budget.ts';
import { type AppContext, engineContext, type TargetName } from './app-context.ts';

/**
 * Waits until this host may ask the target's controller once more: what looks again and again shares one budget with every
 * other process. Without a database nothing can be shared, and without a controller nothing is asked; the look itself says
 * what is wrong with that.
 */
export async function takeTurn(context: AppContext, target: TargetName): Promise<void> {
  const { kind } = await context.cluster(target);
  if (kind === 'embedded') return;
  try {
    await awaitBudget(await engineContext(context, target));
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof ConnectionError)) throw error;
  }
}
