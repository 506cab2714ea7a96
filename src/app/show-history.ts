import { NotFoundError } from '../core/errors.ts';
import { userScriptPath } from '../engine/describe-run.ts';
import type { FileChunk } from '../shell/shell.ts';
import { type AttemptRow, attemptsOf, type HistoryRow } from '../store/history.ts';
import { type TransitionRow, transitionsSince } from '../store/jobs.ts';
import { storedScript } from '../store/scripts.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { findHistory, type HistoryName } from './find-history.ts';
import { createEntries, type HistoryEntry } from './history-entry.ts';
import { refreshFound, type StaleTarget } from './refresh-runs.ts';

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
  const store = await context.store();
  const known: { script?: ScriptFile | undefined } = {};
  const { unread, stale } = await refreshFound(context, async () => {
    const rows = await knownRows(context, request);
    known.script ??= beginToRead(context, createEntries(rows, { store, now: context.now(), isStale: () => false }));
    return request.refresh ? rows.slice(0, 1).map(({ run }) => run.target as TargetName) : [];
  });
  const rows = await findHistory(context, request);
  const isStale = (name: string) => stale.some((silent) => silent.target === name);
  const entries = createEntries(rows, { store, now: context.now(), isStale });
  const [row] = rows;
  const [entry] = entries;
  const isOne = rows.length === 1 && row !== undefined && entry !== undefined;
  const record = isOne ? await recordOf(context, { row, entry, script: known.script }) : undefined;
  return { entries, record, stale: [...unread, ...stale] };
}

/** None where nobody here knows of it yet. */
async function knownRows(context: AppContext, name: HistoryName): Promise<readonly HistoryRow[]> {
  try {
    return await findHistory(context, name);
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    throw error;
  }
}

async function recordOf(
  context: AppContext,
  {
    row,
    entry,
    script,
  }: { readonly row: HistoryRow; readonly entry: HistoryEntry; readonly script: ScriptFile | undefined },
): Promise<JobRecord> {
  const store = await context.store();
  const { runId, ordinal } = row;
  return {
    entry,
    script: await readScript(context, entry, script),
    attempts: attemptsOf(store, row),
    transitions: transitionsSince(store, { runId, seq: 0 }).filter((step) => step.ordinal === ordinal),
  };
}

const maxScriptBytes = 1024 * 1024;

/** Nothing of it changes after the submission. */
interface ScriptFile {
  readonly path: string;
  readonly content: Promise<FileChunk | undefined>;
}

/** Of one job the script is shown, and may be asked for while the cluster is. */
function beginToRead(context: AppContext, [entry, ...others]: readonly HistoryEntry[]): ScriptFile | undefined {
  const job = others.length === 0 ? entry?.plan().job : undefined;
  if (entry === undefined || job === undefined) return undefined;
  const path = userScriptPath(entry.directory, job);
  const shell = context.shell(entry.target as TargetName);
  const content = shell.readFile({ path, maxBytes: maxScriptBytes, signal: context.signal });
  // Whoever waits for it hears of a failure.
  content.catch(() => undefined);
  return { path, content };
}

async function readScript(
  context: AppContext,
  entry: HistoryEntry,
  begun: ScriptFile | undefined,
): Promise<RecordedScript | undefined> {
  const { job } = entry.plan();
  if (job === undefined) return undefined;
  const isBegun = begun?.path === userScriptPath(entry.directory, job);
  const file = await (isBegun ? begun : beginToRead(context, [entry]))?.content;
  if (file !== undefined) {
    return { text: new TextDecoder().decode(file.bytes), isWhole: file.size <= file.bytes.length };
  }
  const kept = storedScript(await context.store(), entry);
  return kept === undefined ? undefined : { text: kept.text, isWhole: !kept.isCut };
}
