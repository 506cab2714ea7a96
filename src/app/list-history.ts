import { parseJobId } from '../core/slurm/job-id.ts';
import { readScripts } from '../engine/read-scripts.ts';
import { lastClusterOf, listHistory as storedHistory } from '../store/history.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { createEntries, type HistoryEntry } from './history-entry.ts';
import { parseHistoryStates } from './history-states.ts';
import { importFoundRuns, refreshTargets, type StaleTarget, targetsToRefresh, tolerate } from './refresh-runs.ts';

export interface HistoryQuery {
  readonly target: TargetName;
  /** Not the target's alone. */
  readonly allClusters: boolean;
  /** Bring unfinished jobs up to date first: one question per cluster. */
  readonly refresh: boolean;
  readonly jobIds: readonly string[];
  readonly states: readonly string[];
  /** Epoch ms of the submission. */
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly names: readonly string[];
  readonly workflows: readonly string[];
  readonly tags: readonly string[];
  readonly search: string | undefined;
  readonly limit: number | undefined;
}

export interface ListedHistory {
  readonly entries: readonly HistoryEntry[];
  readonly stale: readonly StaleTarget[];
  /** Of the ids that were asked for. */
  readonly absentIds: readonly string[];
  /** There is nothing, but there would be on other clusters. */
  readonly isElsewhere: boolean;
}

/** What srunx itself remembers of jobs, newest first. A cluster that does not answer leaves its rows as they were seen last. */
export async function listHistory(context: AppContext, query: HistoryQuery): Promise<ListedHistory> {
  const { target, allClusters, search } = query;
  const states = parseHistoryStates(query.states);
  const unread = await importFoundRuns(context);
  const store = await context.store();
  const targets = query.refresh ? await targetsOf(context, query) : [];
  const { stale, clusterIds } = await refreshTargets(context, targets);
  const unsearched = search === undefined ? [] : await readForSearch(context, target);
  // A cluster that cannot be asked who it is, is taken for the one that the target was last.
  const clusterId = allClusters ? undefined : (clusterIds.get(target) ?? lastClusterOf(store, target) ?? nobody);
  const bases = query.jobIds.map((id) => parseJobId(id)?.base ?? id);
  const optional = (list: readonly string[]) => (list.length === 0 ? undefined : list);
  const { since, until, tags, limit } = query;
  const filter = {
    ...{ clusterId, states, since, until, tags, search, limit },
    jobIds: optional(bases),
    names: optional(query.names),
    workflows: optional(query.workflows),
  };
  const rows = storedHistory(store, filter);
  const isStale = (name: string) => stale.some((silent) => silent.target === name);
  const found = new Set(rows.map(({ jobId }) => jobId));
  return {
    entries: createEntries(rows, { store, now: context.now(), isStale }),
    stale: [...unread, ...unsearched, ...stale],
    absentIds: query.jobIds.filter((_, index) => !found.has(bases[index])),
    isElsewhere: rows.length === 0 && storedHistory(store, { ...filter, clusterId: undefined, limit: 1 }).length > 0,
  };
}

/** A target to which nothing was ever sent is not asked: it may be one that takes a minute to say that it does not work. */
async function targetsOf(context: AppContext, { target, allClusters }: HistoryQuery): Promise<readonly TargetName[]> {
  if (allClusters) return targetsToRefresh(context);
  return lastClusterOf(await context.store(), target) === undefined ? [] : [target];
}

/** A database that cannot be written is searched as far as it goes. */
function readForSearch(context: AppContext, target: TargetName): Promise<readonly StaleTarget[]> {
  return tolerate(target, async () => {
    const store = await context.store();
    await readScripts({ store, signal: context.signal }, { shell: context.shell(target), targets: hereTargets });
    return [];
  });
}

/** Their plan directories are on this machine. */
const hereTargets: readonly TargetName[] = ['local', 'embedded'];

/** No cluster has this number. */
const nobody = -1;
