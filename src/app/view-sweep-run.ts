import { representativeError, type SweepRowStatus, sweepRowStatus } from '../core/sweep/sweep-row.ts';
import { summarizeSweep } from '../core/sweep/sweep-summary.ts';
import { readStoredRun } from '../engine/run-description.ts';
import type { RunRow } from '../store/runs.ts';
import type { RunStatusView } from './run-status-view.ts';

/** By what a sweep was started. */
export type SubmissionSource = 'cli' | 'library' | 'web' | 'mcp';

/** How a sweep stands, in one row. Times are epoch milliseconds. */
export interface SweepRun {
  readonly id: string;
  readonly name: string;
  /** As it was named; `workflow data` where it was given as data. */
  readonly workflowYamlPath: string | null;
  readonly status: SweepRowStatus;
  readonly axes: readonly string[];
  readonly failFast: boolean;
  /** As asked for, also where there are fewer cells. */
  readonly maxParallel: number;
  readonly cellCount: number;
  readonly cellsPending: number;
  readonly cellsRunning: number;
  readonly cellsCompleted: number;
  readonly cellsFailed: number;
  readonly cellsCancelled: number;
  /** What became of them cannot be told. */
  readonly cellsUnknown: number;
  readonly submissionSource: SubmissionSource;
  readonly startedAt: number;
  readonly completedAt: number | undefined;
  readonly cancelRequestedAt: number | undefined;
  /** Of the cell that failed first. */
  readonly error: string | undefined;
}

export function viewSweepRun(
  row: RunRow,
  { run, ...facts }: { readonly run: RunStatusView; readonly cancelRequestedAt: number | undefined },
): SweepRun {
  const { sweep, through = 'cli' } = readStoredRun(row.plan);
  // Whoever adds to a sweep afterwards wants it to go on.
  const grownAt = sweep?.parts?.at(-1)?.createdAt ?? 0;
  const cancelRequestedAt = (facts.cancelRequestedAt ?? 0) > grownAt ? facts.cancelRequestedAt : undefined;
  const summary = summarizeSweep(run.jobs);
  const { counts } = summary;
  const ends = run.jobs.flatMap(({ endTime }) => endTime ?? []);
  const isOver = run.jobs.every(({ final }) => final);
  return {
    id: row.id,
    name: row.name,
    workflowYamlPath: row.source,
    status: sweepRowStatus(summary.status, { isCancelled: cancelRequestedAt !== undefined }),
    axes: sweep?.axes ?? [],
    failFast: sweep?.failFast !== undefined,
    maxParallel: sweep?.maxParallel ?? 0,
    cellCount: summary.cells.length,
    cellsPending: counts.pending,
    cellsRunning: counts.running,
    cellsCompleted: counts.completed,
    cellsFailed: counts.failed,
    cellsCancelled: counts.cancelled,
    cellsUnknown: counts.unknown,
    submissionSource: through,
    startedAt: row.createdAt,
    completedAt: isOver && ends.length > 0 ? 1000 * ends.reduce((last, end) => Math.max(last, end)) : undefined,
    cancelRequestedAt,
    error: representativeError(run.jobs),
  };
}
