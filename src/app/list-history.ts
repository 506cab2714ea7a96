import { parseJobId } from '../core/slurm/job-id.ts';
import { readScripts } from '../engine/read-scripts.ts';
import { lastClusterOf, listHistory as storedHistory } from '../store/history.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { createEntries, type HistoryEntry } from './history-entry.ts';
import { parseHistoryStates } from './history-states.ts';
import {
  askTargets,
  isImported,
  type RefreshedTargets,
  refreshFound,
  type StaleTarget,
  targetsToRefresh,
  tolerate,
} from './refresh-runs.ts';

export interface HistoryQuery {
  readonly targets: readonly TargetName[];
  /** Each is asked, whatever is known of it: its plan directories, and how unfinished jobs stand. */
  readonly areAsked: boolean;
  /** Not the targets' alone. */
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
  /** Whether the runs that are kept on the target's machine were looked at, too; `silent`: they could not be. */
  readonly there: 'read' | 'silent' | 'unasked';
}

/** What srunx itself remembers of jobs, newest first. A cluster that does not answer leaves its rows as they were seen last. */
export async function listHistory(context: AppContext, query: HistoryQuery): Promise<ListedHistory> {
  const { targets, allClusters, search } = query;
  const states = parseHistoryStates(query.states);
  const isLookedAt = query.areAsked || isImported(context);
  const { unread, stale, clusterIds: known } = await look(context, query);
  const store = await context.store();
  const unsearched = search === undefined ? [] : await readForSearch(context);
  // A cluster that cannot be asked who it is, is taken for the one that the target was last.
  const ids = targets.flatMap((target) => known.get(target) ?? lastClusterOf(store, target) ?? []);
  const clusterIds = allClusters ? undefined : [...new Set(ids)];
  const bases = query.jobIds.map((id) => parseJobId(id)?.base ?? id);
  const optional = (list: readonly string[]) => (list.length === 0 ? undefined : list);
  const { since, until, tags, limit } = query;
  const filter = {
    ...{ clusterIds, states, since, until, tags, search, limit },
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
    isElsewhere: rows.length === 0 && storedHistory(store, { ...filter, clusterIds: undefined, limit: 1 }).length > 0,
    there: isLookedAt ? (unread.length === 0 ? 'read' : 'silent') : 'unasked',
  };
}

interface Look extends RefreshedTargets {
  /** Whose plan directories could not be read. */
  readonly unread: readonly StaleTarget[];
}

async function look(context: AppContext, query: HistoryQuery): Promise<Look> {
  const { allClusters, refresh } = query;
  if (query.areAsked)
    return { unread: [], ...(await askTargets(context, { ...query, withOpen: allClusters && refresh })) };
  return refreshFound(context, async () => (refresh ? targetsOf(context, query) : []));
}

/** A target to which nothing was ever sent is not asked: it may be one that takes a minute to say that it does not work. */
async function targetsOf(context: AppContext, { targets, allClusters }: HistoryQuery): Promise<readonly TargetName[]> {
  if (allClusters) return targetsToRefresh(context);
  const store = await context.store();
  return targets.filter((target) => lastClusterOf(store, target) !== undefined);
}

/** A database that cannot be written is searched as far as it goes. */
function readForSearch(context: AppContext): Promise<readonly StaleTarget[]> {
  return tolerate('local', async () => {
    const store = await context.store();
    await readScripts({ store, signal: context.signal }, { shell: context.shell('local'), targets: hereTargets });
    return [];
  });
}

/** Their plan directories are on this machine. */
const hereTargets: readonly TargetName[] = ['local', 'embedded'];
