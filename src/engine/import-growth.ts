import { posix } from 'node:path';
import type { Store } from '../store/open-store.ts';
import { findRun, setHandover, setPlan } from '../store/runs.ts';
import { transact } from '../store/transaction.ts';
import { parsePartMark } from './claim-part.ts';
import type { RunDescription } from './describe-run.ts';
import { recordJobs } from './grow-run.ts';
import { type ImportContext, type RunRoot, readDescriptions } from './read-descriptions.ts';
import { readStoredRun, storedText } from './run-description.ts';
import { lastNumber } from './sweep-parts.ts';

export interface GrowthRequest extends RunRoot {
  /** What stands in the run directory. */
  readonly names: readonly string[];
}

/**
 * Takes in what another host has added to sweeps that are known here. Where the mark of a part stands and the part itself is not
 * written yet, the next look finds it. Returns the ids of sweeps of which there is more.
 */
export async function importGrowth(
  context: ImportContext,
  { names, ...request }: GrowthRequest,
): Promise<readonly string[]> {
  const { store } = context;
  const grown = names.flatMap((name) => {
    const mark = parsePartMark(name);
    return mark !== undefined && mark.number > (lastPart(store, mark.runId) ?? mark.number) ? [mark.runId] : [];
  });
  if (grown.length === 0) return [];
  const { parseDescription } = await import('./parse-description.ts');
  for (const [id, { run: text = '' }] of await readDescriptions(context, { ...request, names: [...new Set(grown)] })) {
    const description = parseDescription(text, id);
    if (description !== undefined) await transact(store, () => adopt(store, description));
  }
  return grown;
}

/** The same for one plan directory, wherever it lies. */
export async function noticeGrowth(
  context: ImportContext,
  { shell, directory }: { readonly shell: RunRoot['shell']; readonly directory: string },
): Promise<void> {
  const argv = ['sh', '-c', 'ls -d -- "$1".p[0-9]* 2>/dev/null', 'sh', directory] as const;
  const { stdout } = await shell.run({ argv: [...argv], signal: context.signal });
  const names = new TextDecoder()
    .decode(stdout)
    .split('\n')
    .map((path) => posix.basename(path));
  await importGrowth(context, { shell, runRoot: posix.dirname(directory), names });
}

/** `undefined` for a run that is not known. */
function lastPart(store: Store, id: string): number | undefined {
  const run = findRun(store, id);
  return run === undefined ? undefined : lastNumber(readStoredRun(run.plan));
}

/** Runs inside the caller's transaction. */
function adopt(store: Store, after: RunDescription): void {
  const run = findRun(store, after.id);
  if (run === undefined) return;
  const before = readStoredRun(run.plan);
  if (lastNumber(before) >= lastNumber(after)) return;
  setPlan(store, after.id, storedText(after));
  const { createdAt } = after.sweep?.parts?.at(-1) ?? after;
  recordJobs(store, { before, after, at: createdAt });
  // Whoever has added it is handing it over, or has: recovery finds out.
  setHandover(store, after.id, 'running');
}
