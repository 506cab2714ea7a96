import { posix } from 'node:path';
import type { JobStatus } from '../core/slurm/job-state.ts';
import { expandLogPattern } from '../core/slurm/log-pattern.ts';
import { expandNodeList } from '../core/slurm/node-list.ts';
import type { EngineState } from '../core/workflow/run-state.ts';
import { statusOfState } from '../core/workflow/status-of-state.ts';
import { type DescribedJob, type RunDescription, userScriptPath } from '../engine/describe-run.ts';
import { readStoredRun } from '../engine/run-description.ts';
import type { HistoryRow } from '../store/history.ts';
import type { Store } from '../store/open-store.ts';
import { findRun } from '../store/runs.ts';
import { logOfTries } from './log-of-tries.ts';

/** One submission as srunx remembers it. */
export interface HistoryEntry {
  readonly runId: string;
  readonly ordinal: number;
  readonly token: string;
  readonly kind: 'workflow' | 'job';
  /** Of the workflow that it belongs to. */
  readonly workflow: string | undefined;
  readonly jobId: string | undefined;
  readonly name: string;
  readonly status: JobStatus;
  readonly state: EngineState;
  readonly rawState: string | undefined;
  readonly failureKind: string | undefined;
  readonly reason: string | undefined;
  readonly final: boolean;
  /** Its cluster did not answer just now: it is shown as it was seen last. */
  readonly stale: boolean;
  /** Epoch ms of the record, just before the submission. */
  readonly submittedAt: number;
  /** Epoch seconds; not of a waiting job. */
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  readonly durationSeconds: number | undefined;
  readonly exitCode: number | undefined;
  readonly exitSignal: number | undefined;
  readonly restarts: number;
  readonly nodes: number | undefined;
  readonly cpus: number | undefined;
  /** Over the whole job. */
  readonly gpus: number | undefined;
  readonly partition: string | undefined;
  readonly nodeList: string | undefined;
  readonly target: string;
  readonly cluster: { readonly key: string; readonly name: string };
  /** The script or workflow file as it was named. */
  readonly source: string | null;
  readonly command: string | undefined;
  readonly comment: string | undefined;
  readonly note: string | undefined;
  readonly tags: readonly string[];
  readonly directory: string;
  /** What the plan says of the job: read only where it is needed. */
  readonly plan: () => JobPlan;
}

export interface JobPlan {
  readonly job: DescribedJob | undefined;
  readonly cwd: string | undefined;
  /** Of its run. */
  readonly provenance?: RunDescription['provenance'] | undefined;
  readonly repeats?: RunDescription['repeats'] | undefined;
  /** What was sent for it, mount by mount. */
  readonly sent?: RunDescription['code'] | undefined;
  /** Absolute path, in the plan directory, of the script as it was submitted. */
  readonly script: string | undefined;
  /** Absolute; `undefined` where it depends on what is not known, such as the node or the task. */
  readonly log: string | undefined;
}

export interface EntryContext {
  readonly store: Store;
  /** Epoch ms. */
  readonly now: number;
  readonly isStale: (target: string) => boolean;
}

/** Makes rows presentable; the plan of a run is read once for all of its jobs that follow each other. */
export function createEntries(rows: readonly HistoryRow[], context: EntryContext): HistoryEntry[] {
  let known: { readonly runId: string; readonly description: RunDescription } | undefined;
  const describe = (runId: string): RunDescription | undefined => {
    if (known?.runId !== runId) {
      const run = findRun(context.store, runId);
      known = run === undefined ? undefined : { runId, description: readStoredRun(run.plan) };
    }
    return known?.description;
  };
  return rows.map((row) => toEntry(row, { ...context, describe }));
}

function toEntry(
  row: HistoryRow,
  context: EntryContext & { readonly describe: (runId: string) => RunDescription | undefined },
): HistoryEntry {
  const { run, observation: seen, final } = row;
  const state = row.state as EngineState;
  const end = seen?.endTime ?? (final ? undefined : Math.floor(context.now / 1000));
  const hasRun = seen?.startTime !== undefined && end !== undefined;
  return {
    runId: row.runId,
    ordinal: row.ordinal,
    token: row.token,
    kind: run.kind,
    workflow: run.kind === 'workflow' ? run.name : undefined,
    jobId: row.jobId,
    name: row.name,
    status: statusOfState(state),
    state,
    rawState: seen?.state.raw,
    failureKind: seen?.state.failureKind,
    reason: row.reason,
    final,
    stale: !final && context.isStale(run.target),
    submittedAt: run.createdAt,
    startTime: seen?.startTime,
    endTime: seen?.endTime,
    durationSeconds: hasRun ? Math.max(0, end - (seen.startTime ?? end)) : undefined,
    exitCode: seen?.exit?.code,
    exitSignal: seen?.exit?.signal,
    restarts: seen?.restarts ?? 0,
    nodes: seen?.nodes,
    cpus: seen?.cpus,
    gpus: seen?.gpus,
    partition: seen?.partition,
    nodeList: seen?.nodeList,
    target: run.target,
    cluster: row.cluster,
    source: run.source,
    command: row.command,
    comment: row.comment,
    note: row.note,
    tags: row.tags,
    directory: run.directory,
    plan() {
      const description = context.describe(row.runId);
      const described = description?.jobs[row.ordinal];
      const log = logOfTries(described?.log, row.firstJobId);
      const job = described && (log === undefined ? described : { ...described, log });
      const script = job === undefined ? undefined : userScriptPath(run.directory, job);
      const { cwd, provenance, repeats, code: sent } = description ?? {};
      return { job, cwd, provenance, repeats, sent, script, log: logOf(row, job) };
    },
  };
}

/** Where the log is, as far as that can be told without asking. */
function logOf({ jobId, name, observation: seen }: HistoryRow, job: DescribedJob | undefined): string | undefined {
  if (jobId === undefined || job?.log === undefined || job.log.isArray) return undefined;
  const { pattern, workDir, user } = job.log;
  const host = seen?.nodeList === undefined ? undefined : expandNodeList(seen.nodeList)[0];
  const path = expandLogPattern(pattern, {
    ...{ jobId, arrayJobId: jobId, name, user, restarts: seen?.restarts ?? 0 },
    ...(host === undefined ? {} : { host }),
  });
  return path.includes('%') ? undefined : posix.resolve(workDir, path);
}
