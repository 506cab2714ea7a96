import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AppContext } from './app-context.ts';

/**
 * Whether a word that may name a workflow file or a run means the file. Ids of runs are letters and digits; a file of such a name is
 * meant where there is one. A directory is a run's.
 */
export function namesFile({ cwd }: Pick<AppContext, 'cwd'>, word: string): boolean {
  const facts = statSync(resolve(cwd, word), { throwIfNoEntry: false });
  return facts === undefined ? !/^[a-z0-9]+$/.test(word) : !facts.isDirectory();
}
