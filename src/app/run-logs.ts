import { parseJobId } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { isFailure } from '../core/workflow/run-state.ts';
import { readStoredRun } from '../engine/run-description.ts';
import { type JobRow, jobsOfRun } from '../store/jobs.ts';
import type { RunRow } from '../store/runs.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { requireJobsNamed } from './choose-run-jobs.ts';
import type { LogsRequest } from './find-logs.ts';
import { currentRow, findRunNamed } from './find-run.ts';
import { logOfTries } from './log-of-tries.ts';
import type { RecordedJob } from './recorded-job.ts';
import { knownTarget, naturalTarget, refreshRun, type StaleTarget } from './refresh-runs.ts';
import { type JobStatusView, type RunStatusView, viewRun } from './run-status-view.ts';

export interface RunLogsRequest {
  readonly word: string | undefined;
  /** Names or patterns; none: all. */
  readonly jobs: readonly string[];
  /** Which of its jobs, where that is not a matter of their names alone. */
  readonly choose?: ((run: RunStatusView) => readonly JobStatusView[]) | undefined;
  readonly onlyFailed: boolean;
}

export interface RunLogs {
  readonly run: RunStatusView;
  /** For the same search as that of jobs by their ids; `undefined` where no job can have a log. */
  readonly request: LogsRequest | undefined;
  /** What a job or task is called in the run. */
  readonly nameOf: (jobId: string) => string | undefined;
  /** Those that are meant and have never begun. */
  readonly without: readonly JobStatusView[];
  readonly stale: readonly StaleTarget[];
}

/** Where the jobs of a run have their logs. Its cluster is looked at once; for arrays it is asked about their tasks, too. */
export async function findRunLogs(context: AppContext, request: RunLogsRequest): Promise<RunLogs> {
  const found = await findRunNamed(context, request.word);
  const stale = [...found.stale, ...(await refreshRun(context, found.run))];
  const store = await context.store();
  const row = currentRow(store, found.run);
  const run = viewRun(store, row);
  const named = request.choose?.(run) ?? requireJobsNamed(run, request.jobs);
  const chosen = named.filter(({ state }) => !request.onlyFailed || isFailure(state));
  const begun = chosen.filter((job) => job.jobId !== undefined && !hasNeverBegun(job));
  const without = chosen.filter((job) => !begun.includes(job));
  const jobIds = begun.flatMap(({ jobId }) => jobId ?? []);
  const facts = { row, rows: jobsOfRun(store, row.id), jobIds, onlyFailed: request.onlyFailed };
  const logs = logsRequest({ ...facts, target: logTarget(context, row) });
  return { run, request: jobIds.length === 0 ? undefined : logs.request, nameOf: logs.nameOf, without, stale };
}

export interface LogsOfRun {
  readonly row: RunRow;
  /** Of all its jobs, as they are now. */
  readonly rows: readonly JobRow[];
  /** Those whose logs are wanted. */
  readonly jobIds: readonly string[];
  /** Of arrays, only the tasks that have failed. */
  readonly onlyFailed: boolean;
  readonly target: TargetName;
}

/** As a search for the logs of jobs by their ids. Nobody is asked anything for it, unless there are arrays. */
export function logsRequest({ row, rows, jobIds, onlyFailed, target }: LogsOfRun): {
  readonly request: LogsRequest;
  readonly nameOf: RunLogs['nameOf'];
} {
  const records = recordsOf(row, rows);
  const wanted = new Set(jobIds);
  const haveEnded = rows.every(({ jobId, final }) => final || jobId === undefined || !wanted.has(jobId));
  const facts = { target, jobIds, records, haveEnded, isWanted: onlyFailed ? hasFailed : undefined };
  const hasArrays = jobIds.some((jobId) => !jobId.includes('_') && records.get(jobId)?.log?.isArray);
  return {
    request: hasArrays ? { ...facts, tasks: 'any' } : { ...facts, isFresh: true },
    nameOf: (jobId) => nameOf(jobId, records),
  };
}

/** Its log is a file like any other, also where the cluster is not here. */
export function logTarget(context: AppContext, row: RunRow): TargetName {
  return knownTarget(context, row) ?? naturalTarget(context);
}

/** Ended, or never submitted, before it could write anything. */
function hasNeverBegun({ state }: JobStatusView): boolean {
  return ['skipped', 'withdrawn', 'refused', 'waiting'].includes(state);
}

function hasFailed({ state }: JobObservation): boolean {
  return state.status === 'FAILED' || state.status === 'TIMEOUT';
}

/** The plan is read once, whatever the number of jobs. */
function recordsOf(row: RunRow, rows: readonly JobRow[]): ReadonlyMap<string, RecordedJob> {
  const { jobs } = readStoredRun(row.plan);
  return new Map(
    rows.flatMap(({ jobId, firstJobId, ordinal, name, token, observation }) => {
      if (jobId === undefined) return [];
      const { log, array } = jobs[ordinal] ?? {};
      return [
        [
          jobId,
          { name, token, observation, createdAt: row.createdAt, log: logOfTries(log, firstJobId), array },
        ] as const,
      ];
    }),
  );
}

function nameOf(jobId: string, records: ReadonlyMap<string, RecordedJob>): string | undefined {
  const own = records.get(jobId)?.name;
  if (own !== undefined) return own;
  const { base = jobId, task } = parseJobId(jobId) ?? {};
  const name = records.get(base)?.name;
  return name === undefined || task === undefined ? name : `${name}${jobId.slice(base.length)}`;
}
