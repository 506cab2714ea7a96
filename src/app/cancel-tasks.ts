import type { CancelResult } from '../cluster/cluster.ts';
import { arrayOfTask } from '../core/slurm/task-token.ts';
import { foldTasks } from '../core/sweep/fold-tasks.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import { handoversOf, readStoredRun } from '../engine/run-description.ts';
import { type JobRow, jobsOfRun } from '../store/jobs.ts';
import type { RunRow } from '../store/runs.ts';
import type { JobCancelResult } from './cancel-run.ts';

interface Cancelled {
  /** What the cluster was told: a job, an array, some of its tasks. */
  readonly word: string;
  /** Of each job that it stands for. */
  readonly results: readonly JobCancelResult[];
}

/**
 * Cancels jobs of a run, children before their parents, and arrays by their own ids where nothing of them is to go on: three ids for a
 * sweep of a thousand cells.
 */
export async function sendCancel(
  { store, cluster, signal }: EngineContext,
  { row, jobs }: { readonly row: RunRow; readonly jobs: readonly JobRow[] },
): Promise<readonly Cancelled[]> {
  if (jobs.length === 0) return [];
  const names = new Map(jobs.map(({ jobId = '', name }) => [jobId, name]));
  const spared = jobsOfRun(store, row.id).flatMap(({ jobId, final }) =>
    final || jobId === undefined || names.has(jobId) ? [] : [jobId],
  );
  const folded = foldTasks({ meant: childrenFirst(row, jobs), spared });
  const said = await cluster.cancel({ jobIds: [...folded.keys()], signal });
  return said.map((result) => ({
    word: result.jobId,
    results: (folded.get(result.jobId) ?? []).map((jobId) => ({
      ...known(result),
      jobId,
      name: names.get(jobId) ?? jobId,
    })),
  }));
}

/** Arrays were submitted parents before children, and so are the jobs of every other run. */
function childrenFirst(row: RunRow, jobs: readonly JobRow[]): readonly string[] {
  const { sweep } = readStoredRun(row.plan);
  const tokens = sweep === undefined ? [] : handoversOf(row).flatMap((handover) => handover.tokens);
  const places = new Map(tokens.map((token, position) => [token, position]));
  const placeOf = ({ token }: JobRow) => places.get(arrayOfTask(token)) ?? 0;
  return [...jobs]
    .reverse()
    .sort((a, b) => placeOf(b) - placeOf(a))
    .flatMap(({ jobId }) => jobId ?? []);
}

/** What was in the queue a moment ago, and is not any more, has ended. */
function known(result: CancelResult): CancelResult {
  return result.outcome === 'not_found' ? { ...result, outcome: 'already_finished' } : result;
}
