import { SrunxError, UsageError } from '../core/errors.ts';
import { formatLabels, labelsName } from '../engine/labels-file.ts';
import type { HistoryRow } from '../store/history.ts';
import { jobsOfRun } from '../store/jobs.ts';
import { addTags, removeTags, setNote } from '../store/labels.ts';
import { transact } from '../store/transaction.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { findHistory, type HistoryName } from './find-history.ts';
import { createEntries, type HistoryEntry } from './history-entry.ts';
import { importFoundRuns } from './refresh-runs.ts';

export type LabelChange =
  /** `undefined` takes the note away. */
  | { readonly kind: 'note'; readonly text: string | undefined }
  | { readonly kind: 'tag' | 'untag'; readonly tags: readonly string[] };

export interface LabelledJobs {
  readonly entries: readonly HistoryEntry[];
  /** Why the change is in this host's database alone. */
  readonly remark: string | undefined;
}

/** Writes a note or tags to the jobs that a word names: into the database, and beside the plan for databases to come. */
export async function labelJobs(context: AppContext, name: HistoryName, change: LabelChange): Promise<LabelledJobs> {
  requireSound(change);
  await importFoundRuns(context);
  const store = await context.store();
  const rows = await findHistory(context, name);
  await transact(store, () => {
    for (const row of rows) {
      if (change.kind === 'note') setNote(store, row, change.text);
      else if (change.kind === 'tag') addTags(store, row, change.tags);
      else removeTags(store, row, change.tags);
    }
  });
  const remark = await writeBeside(context, rows);
  const changed = await findHistory(context, name);
  return { remark, entries: createEntries(changed, { store, now: context.now(), isStale: () => false }) };
}

const maxNote = 10_000;

function requireSound(change: LabelChange): void {
  if (change.kind === 'note') {
    if ((change.text ?? '').length <= maxNote) return;
    throw new UsageError(`the note has more than ${maxNote} characters`, {
      code: 'usage.note',
      hint: 'Keep the long story in a file, and name it in the note.',
    });
  }
  const wrong = change.tags.find((tag) => !/^[^\s,\p{C}]{1,64}$/u.test(tag));
  if (wrong === undefined) return;
  throw new UsageError(`\`${wrong}\` cannot be a tag`, {
    code: 'usage.tag',
    hint: 'Write up to 64 characters without spaces and commas.',
  });
}

/** Where the plan directory is still there; it is never made again. */
async function writeBeside(context: AppContext, rows: readonly HistoryRow[]): Promise<string | undefined> {
  const [first] = rows;
  if (first === undefined) return undefined;
  const { directory, target } = first.run;
  const shell = context.shell(target as TargetName);
  const { signal } = context;
  try {
    const plan = await shell.readFile({ path: `${directory}/run.json`, signal });
    if (plan === undefined) return undefined;
    const store = await context.store();
    const jobs = jobsOfRun(store, first.runId).length;
    const content = formatLabels(store, { id: first.runId, jobs });
    await shell.writeFiles([{ path: `${directory}/${labelsName}`, content }], { signal });
    return undefined;
  } catch (error) {
    if (!(error instanceof SrunxError)) throw error;
    return `kept in this host's database alone: ${error.message}`;
  }
}
