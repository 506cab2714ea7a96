import type { PrunedCopy } from '../core/sync/prune-copies.ts';
import { countedState, type EngineState, type RunStatus, runStatus } from '../core/workflow/run-state.ts';
import { notesOf } from '../engine/plan-notes.ts';
import { deleteEndedRuns, type EndedRun, endedRuns } from '../store/ended-runs.ts';
import type { StateFilter } from '../store/history.ts';
import { unknownRunIds } from '../store/runs.ts';
import { dropUnusedScripts } from '../store/scripts.ts';
import { transact } from '../store/transaction.ts';
import type { AppContext } from './app-context.ts';
import { listPlanDirectories, type PlanDirectory, removePlanDirectories } from './plan-directories.ts';
import { findCopies, type PrunedPlace, pruneCopies } from './prune-copies.ts';
import { importFoundRuns, refreshTargets, type StaleTarget, targetsToRefresh } from './refresh-runs.ts';
import { isRemote } from './target-name.ts';

export interface PruneCriteria {
  /** Ended longer ago than that. */
  readonly olderThanMs?: number | undefined;
  /** The plan directory takes at least so much. */
  readonly largerThanBytes?: number | undefined;
  /** The oldest go until all plan directories together take no more. */
  readonly maxTotalBytes?: number | undefined;
  /** So many of the newest jobs stay, with the whole of their runs. */
  readonly keepJobs?: number | undefined;
  /** Runs with jobs in these states alone. */
  readonly states?: StateFilter | undefined;
}

/** What would go, and what keeps from it. */
export interface PrunableRun {
  readonly runId: string;
  readonly kind: 'workflow' | 'job';
  readonly name: string;
  readonly status: RunStatus;
  readonly jobIds: readonly string[];
  readonly jobs: number;
  /** Epoch ms. */
  readonly submittedAt: number;
  readonly endedAt: number;
  /** Of its plan directory; 0 where it has none any more. */
  readonly bytes: number;
  readonly files: number;
  /** Of its copy of the code; absent where it has none. */
  readonly copy?: PrunedCopy | undefined;
}

export interface PrunePlan {
  readonly runs: readonly PrunableRun[];
  /** Plan directories that are never touched. */
  readonly spared: { readonly unfinished: number; readonly unknown: number };
  /** Of all plan directories. */
  readonly totalBytes: number;
  /** Copies of code, mount by mount. */
  readonly copies: readonly PrunedPlace[];
  readonly stale: readonly StaleTarget[];
  execute(): Promise<PruneResult>;
}

export interface PruneResult {
  readonly removed: ReadonlySet<string>;
  readonly complaints: readonly string[];
  readonly copies: readonly PrunedPlace[];
}

/**
 * Decides what goes: plan directories, or the records of runs with them (a record alone would come back from its directory). Only
 * runs that are known to have ended wholly are ever among them.
 */
export async function planPrune(
  context: AppContext,
  { what, criteria }: { readonly what: 'plans' | 'history'; readonly criteria: PruneCriteria },
): Promise<PrunePlan> {
  const unread = await importFoundRuns(context);
  const { stale } = await refreshTargets(context, await targetsToRefresh(context));
  const { signal } = context;
  // Runs on this machine lie in one place, whatever runs them.
  const selected = context.selection().name;
  const target = isRemote(selected) ? selected : 'embedded';
  const { runRoot } = await context.placeOn(target);
  const shell = context.shell(target);
  const directories = await listPlanDirectories({ shell, runRoot, signal });
  const ended = endedRuns(await context.store()).filter(
    ({ id, directory, target: own }) =>
      directory === `${runRoot}/${id}` && (isRemote(target) ? own === target : !isRemote(own)),
  );
  const byId = new Map(directories.map((directory) => [directory.runId, directory]));
  const places = isRemote(target) ? await findCopies(context, target) : [];
  const hasCopy = (id: string) => places.some(({ runIds }) => runIds.has(id));
  const present = what === 'plans' ? ended.filter(({ id }) => byId.has(id) || hasCopy(id)) : ended;
  const totalBytes = directories.reduce((sum, { bytes }) => sum + bytes, 0);
  const runs = choose(present, { criteria, byId, totalBytes, now: context.now() });
  const choice = { runIds: runs.map(({ id }) => id), olderThanMs: criteria.olderThanMs };
  const copies = await pruneCopies(context, places, { ...choice, removes: false });
  const counted = new Map(copies.flatMap((place) => place.copies.map((copy) => [copy.runId, copy])));
  return {
    runs: runs.map((run) => ({ ...toPrunable(run, byId.get(run.id)), copy: counted.get(run.id) })),
    copies,
    spared: await countSpared(context, { directories, ended }),
    totalBytes,
    stale: [...unread, ...stale],
    async execute() {
      // First: a run whose copy is still there is found again by its plan.
      const gone = await pruneCopies(context, places, { ...choice, removes: true });
      const { removed, complaints } = await removePlanDirectories({ shell, runRoot, signal }, choice.runIds);
      const forgotten = what === 'plans' ? removed : await forget(context, removed);
      return { removed: forgotten, complaints, copies: gone };
    },
  };
}

interface Situation {
  readonly criteria: PruneCriteria;
  readonly byId: ReadonlyMap<string, PlanDirectory>;
  readonly totalBytes: number;
  readonly now: number;
}

/** From runs that are sorted newest first; the result is the other way round: what goes first stands first. */
function choose(runs: readonly EndedRun[], { criteria, byId, totalBytes, now }: Situation): EndedRun[] {
  const { olderThanMs, largerThanBytes, maxTotalBytes, keepJobs = 0, states } = criteria;
  let seenJobs = 0;
  const candidates = runs.filter((run) => {
    const isKept = seenJobs < keepJobs;
    seenJobs += run.states.length;
    const bytes = byId.get(run.id)?.bytes ?? 0;
    return (
      !isKept &&
      (olderThanMs === undefined || now - run.endedAt > olderThanMs) &&
      (largerThanBytes === undefined || bytes >= largerThanBytes) &&
      (states === undefined || run.states.every((state) => states.states.includes(state)))
    );
  });
  const oldestFirst = candidates.reverse();
  if (maxTotalBytes === undefined) return oldestFirst;
  let left = totalBytes;
  return oldestFirst.filter(({ id }) => {
    if (left <= maxTotalBytes) return false;
    left -= byId.get(id)?.bytes ?? 0;
    return true;
  });
}

function toPrunable(run: EndedRun, directory: PlanDirectory | undefined): PrunableRun {
  const { ignorable } = notesOf(run.plan);
  return {
    runId: run.id,
    kind: run.kind,
    name: run.name,
    status: runStatus(
      run.states.map((state, ordinal) => countedState(state as EngineState, { ignored: ignorable.has(ordinal) })),
    ),
    jobIds: run.jobIds,
    jobs: run.states.length,
    submittedAt: run.createdAt,
    endedAt: run.endedAt,
    bytes: directory?.bytes ?? 0,
    files: directory?.files ?? 0,
  };
}

/** Directories of runs that are under way, and those of which nothing is known: of another machine's queue, say. */
async function countSpared(
  context: AppContext,
  { directories, ended }: { readonly directories: readonly PlanDirectory[]; readonly ended: readonly EndedRun[] },
): Promise<PrunePlan['spared']> {
  const store = await context.store();
  const gone = new Set(ended.map(({ id }) => id));
  const others = directories.map(({ runId }) => runId).filter((runId) => !gone.has(runId));
  const unknown = unknownRunIds(store, others).length;
  return { unknown, unfinished: others.length - unknown };
}

/** So many in one transaction: others are not to wait. */
const chunkSize = 100;

async function forget(context: AppContext, removed: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const store = await context.store();
  const ids = [...removed];
  const forgotten = new Set<string>();
  for (let start = 0; start < ids.length; start += chunkSize) {
    const chunk = ids.slice(start, start + chunkSize);
    for (const id of await transact(store, () => deleteEndedRuns(store, chunk))) forgotten.add(id);
  }
  await transact(store, () => dropUnusedScripts(store));
  return forgotten;
}
