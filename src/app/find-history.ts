import { NotFoundError, UsageError } from '../core/errors.ts';
import { parseJobId } from '../core/slurm/job-id.ts';
import { type HistoryRow, listHistory } from '../store/history.ts';
import type { Store } from '../store/open-store.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { findRunNamed, requireRun } from './find-run.ts';
import { naturalTarget } from './refresh-runs.ts';

export interface HistoryName {
  /** A job id, a run's id or its beginning, its plan directory, or a run with one of its jobs (`k3v9/train`). */
  readonly word: string;
  /** Where the person named one; else what is there naturally comes first, as in a list. */
  readonly target: TargetName | undefined;
}

/**
 * The submissions that a word names: one for a job id (the newest, where a cluster has used it twice), all jobs of a run. Throws
 * where there is none, and for a job id that several clusters have given.
 */
export async function findHistory(context: AppContext, { word, target }: HistoryName): Promise<readonly HistoryRow[]> {
  const store = await context.store();
  // Relative ones begin with a dot: else `k3v9/train` could be either.
  if (/^\.{0,2}\//.test(word)) return listHistory(store, { runId: (await findRunNamed(context, word)).run.id });
  const id = parseJobId(word);
  if (id === undefined) return ofRun(store, word);
  const rows = listHistory(store, { jobIds: [id.base] });
  const on = (name: string) => rows.filter(({ run }) => run.target === name);
  const natural = on(naturalTarget(context));
  const candidates = target === undefined ? (natural.length > 0 ? natural : rows) : on(target);
  return [newestOf(candidates, { word, target })];
}

function newestOf(rows: readonly HistoryRow[], { word, target }: HistoryName): HistoryRow {
  const [newest, ...others] = rows;
  if (newest === undefined) {
    throw new NotFoundError(`no job ${word} is in the history${target === undefined ? '' : ` of ${target}`}`, {
      code: 'history.not_found',
      hint: '`srunx history --all-clusters` lists the jobs that srunx has submitted; `srunx squeue -t all` knows others.',
    });
  }
  if (others.every(({ run }) => run.clusterId === newest.run.clusterId)) return newest;
  throw new UsageError(`job ${word} is known of several clusters`, {
    code: 'history.ambiguous',
    detail: rows.map(({ runId, cluster, name }) => `${runId}  ${cluster.name}  ${name}`).join('\n'),
    hint: 'Name the run instead, the first word of each line above; or the target (--local, --embedded).',
  });
}

function ofRun(store: Store, word: string): readonly HistoryRow[] {
  const [, runWord = word, jobName] = /^([^/]*)\/(.*)$/s.exec(word) ?? [];
  const run = requireRun(store, runWord);
  const rows = listHistory(store, { runId: run.id });
  if (jobName === undefined) return rows;
  const row = rows.find(({ name }) => name === jobName);
  if (row !== undefined) return [row];
  throw new NotFoundError(`run ${run.id} has no job \`${jobName}\``, {
    code: 'history.not_found',
    hint: `It has: ${rows.map(({ name }) => name).join(', ')}.`,
  });
}

/** Throws where a word names a whole workflow. */
export function requireOne(rows: readonly HistoryRow[], word: string): HistoryRow {
  const [row, ...others] = rows;
  if (row !== undefined && others.length === 0) return row;
  throw new UsageError(`${word} is a workflow of ${rows.length} jobs`, {
    code: 'history.several_jobs',
    hint: `Name one of them: ${rows
      .slice(0, 5)
      .map(({ runId, name }) => `${runId}/${name}`)
      .join(', ')}.`,
  });
}
