import { userScriptPath } from '../engine/describe-run.ts';
import { type AttemptRow, attemptsOf, type HistoryRow } from '../store/history.ts';
import { type TransitionRow, transitionsSince } from '../store/jobs.ts';
import { storedScript } from '../store/scripts.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { findHistory, type HistoryName } from './find-history.ts';
import { createEntries, type HistoryEntry } from './history-entry.ts';
import { importFoundRuns, refreshTargets, type StaleTarget } from './refresh-runs.ts';

/** All that is known of one job. */
export interface JobRecord {
  readonly entry: HistoryEntry;
  readonly script: RecordedScript | undefined;
  readonly attempts: readonly AttemptRow[];
  readonly transitions: readonly TransitionRow[];
}

export interface RecordedScript {
  readonly text: string;
  /** Whether it is all there: the plan directory has the whole, the database only the beginning of a long one. */
  readonly isWhole: boolean;
}

export interface ShownHistory {
  /** One, or all jobs of a run. */
  readonly entries: readonly HistoryEntry[];
  /** Where it is about one job. */
  readonly record: JobRecord | undefined;
  readonly stale: readonly StaleTarget[];
}

/** What is known of the job or run that a word names, brought up to date unless that is not wanted. */
export async function showHistory(
  context: AppContext,
  request: HistoryName & { readonly refresh: boolean },
): Promise<ShownHistory> {
  const unread = await importFoundRuns(context);
  const store = await context.store();
  const target = (await findHistory(context, request))[0]?.run.target;
  const targets = request.refresh && target !== undefined ? [target as TargetName] : [];
  const { stale } = await refreshTargets(context, targets);
  const rows = await findHistory(context, request);
  const isStale = (name: string) => stale.some((silent) => silent.target === name);
  const entries = createEntries(rows, { store, now: context.now(), isStale });
  const [row] = rows;
  const [entry] = entries;
  const isOne = rows.length === 1 && row !== undefined && entry !== undefined;
  const record = isOne ? await recordOf(context, { row, entry }) : undefined;
  return { entries, record, stale: [...unread, ...stale] };
}

async function recordOf(
  context: AppContext,
  { row, entry }: { readonly row: HistoryRow; readonly entry: HistoryEntry },
): Promise<JobRecord> {
  const store = await context.store();
  const { runId, ordinal } = row;
  return {
    entry,
    script: await readScript(context, entry),
    attempts: attemptsOf(store, row),
    transitions: transitionsSince(store, { runId, seq: 0 }).filter((step) => step.ordinal === ordinal),
  };
}

const maxScriptBytes = 1024 * 1024;

async function readScript(context: AppContext, entry: HistoryEntry): Promise<RecordedScript | undefined> {
  const { job } = entry.plan();
  if (job === undefined) return undefined;
  const shell = context.shell(entry.target as TargetName);
  const path = userScriptPath(entry.directory, job);
  const file = await shell.readFile({ path, maxBytes: maxScriptBytes, signal: context.signal });
  if (file !== undefined) {
    return { text: new TextDecoder().decode(file.bytes), isWhole: file.size <= file.bytes.length };
  }
  const kept = storedScript(await context.store(), entry);
  return kept === undefined ? undefined : { text: kept.text, isWhole: !kept.isCut };
}
