import { posix } from 'node:path';
import { NotFoundError, SrunxError, UsageError } from '../core/errors.ts';
import { importRun } from '../engine/import-run.ts';
import { isSweepPlan } from '../engine/run-description.ts';
import type { Store } from '../store/open-store.ts';
import { findRun, findRunsByPrefix, listRuns, type RunRow } from '../store/runs.ts';
import type { AppContext } from './app-context.ts';
import { rememberNames } from './name-cache.ts';
import { importFoundRuns, isImported, naturalTarget, type StaleTarget } from './refresh-runs.ts';

export interface FoundRun {
  readonly run: RunRow;
  /** Why the run directory could not be read, if so. */
  readonly stale: readonly StaleTarget[];
}

/** Which run is meant where none is named. */
export interface NewestRun {
  readonly onlySweeps?: boolean;
}

/**
 * The run that a word names: its id or the beginning of it, or the path of its plan directory, wherever that is; without a
 * word, the newest workflow's. The database need not know it: what lies in the run directory or at that path is taken in
 * first, but for a whole id that is known. Asks no cluster, and of a known run that is no sweep nobody at all.
 */
export async function findRunNamed(
  context: AppContext,
  word: string | undefined,
  newest: NewestRun = {},
): Promise<FoundRun> {
  const {
    run: found,
    isListed,
    stale,
  } = word !== undefined && isPath(word) ? await atPath(context, word) : await byId(context, word, newest);
  await takeInGrowth(context, { run: found, isListed });
  const run = currentRow(await context.store(), found);
  const { id, name } = run;
  rememberNames(context, { runs: [{ id, name }] });
  return { run, stale };
}

interface LookedUp extends FoundRun {
  /** The run directory was looked through. */
  readonly isListed: boolean;
}

/** What others have added to a sweep, unless it lies in the run directory and that was looked through: then it was noticed already. */
async function takeInGrowth(
  context: AppContext,
  { run: { directory, plan }, isListed }: Pick<LookedUp, 'run' | 'isListed'>,
): Promise<void> {
  if (!isSweepPlan(plan)) return;
  const target = naturalTarget(context);
  if (isListed && posix.dirname(directory) === (await context.placeOn(target)).runRoot) return;
  const { signal } = context;
  const store = await context.store();
  const { noticeGrowth } = await import('../engine/import-growth.ts');
  await noticeGrowth({ store, signal }, { shell: context.shell(target), directory });
}

/** Ids have neither slashes nor dots. */
function isPath(word: string): boolean {
  return /[/.]/.test(word);
}

async function atPath(context: AppContext, word: string): Promise<LookedUp> {
  const { cwd, signal } = context;
  const store = await context.store();
  const shell = context.shell(naturalTarget(context));
  const id = await importRun({ store, signal }, { shell, path: posix.resolve(cwd, word) });
  return { run: requireRun(store, id), stale: [], isListed: false };
}

async function byId(context: AppContext, word: string | undefined, newest: NewestRun): Promise<LookedUp> {
  const store = await context.store();
  const known = word === undefined ? undefined : findRun(store, word);
  if (known !== undefined) return { run: known, stale: [], isListed: false };
  const stale = await importFoundRuns(context);
  const isListed = isImported(context) && stale.length === 0;
  try {
    return { run: requireRun(store, word, newest), stale, isListed };
  } catch (error) {
    if (word === undefined || word === '' || !(error instanceof NotFoundError)) throw error;
    // Somebody stands in a run directory that is not the configured one.
    return {
      ...(await atPath(context, word).catch((other: unknown) => Promise.reject(preferred(error, other)))),
      stale,
    };
  }
}

/** A word that is nothing here is no run; a directory that is one and cannot be used says why. */
function preferred(unknown: NotFoundError, other: unknown): unknown {
  return other instanceof SrunxError && other.code === 'run.not_found' ? unknown : other;
}

/** By the id or the beginning of it; without either, the newest workflow's. Throws where there is none, or more than one. */
export function requireRun(store: Store, id: string | undefined, { onlySweeps = false }: NewestRun = {}): RunRow {
  if (id === '') {
    throw new UsageError('the id of the run is empty', {
      code: 'usage.run_id',
      hint: 'Name a run, or leave the id out for the newest.',
    });
  }
  const matches =
    id === undefined ? listRuns(store, { kind: 'workflow', limit: 1, onlySweeps }) : findRunsByPrefix(store, id);
  const exact = matches.find((run) => run.id === id) ?? matches[0];
  if (exact === undefined) {
    throw new NotFoundError(
      id === undefined ? `there are no ${onlySweeps ? 'sweeps' : 'runs'} yet` : `there is no run ${id}`,
      {
        code: 'run.not_found',
        hint:
          id === undefined
            ? 'Start one with `srunx flow run FILE`.'
            : '`srunx flow list` shows the runs; of one that lies elsewhere, name the plan directory.',
      },
    );
  }
  if (matches.length > 1 && exact.id !== id) {
    throw new UsageError(`${id} is the beginning of ${matches.length} runs`, {
      code: 'run.ambiguous',
      hint: 'Write more of the id.',
      detail: matches.map((run) => `${run.id}  ${run.name}`).join('\n'),
    });
  }
  return exact;
}

/** As the store has it now. */
export function currentRow(store: Store, run: RunRow): RunRow {
  return findRun(store, run.id) ?? run;
}
