import { isRemoved } from '../core/slurm/array-tasks.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { type Finding, reopens } from '../core/slurm/resolve-jobs.ts';
import { type Absence, judgeAbsence } from '../core/workflow/absence.ts';
import { type EngineState, type JobFacts, settleJobs } from '../core/workflow/run-state.ts';
import { type JobRow, jobsByTokens, jobsOfRun, recordState } from '../store/jobs.ts';
import type { Store } from '../store/open-store.ts';
import { findRun, type RunRow } from '../store/runs.ts';
import { concernedCells } from './concerned-cells.ts';
import type { DescribedJob } from './describe-run.ts';
import { readStoredModel, readStoredRun } from './run-description.ts';

export interface Sight {
  /** What a look has brought, by token. */
  readonly findings: ReadonlyMap<string, Finding>;
  readonly hasAccounting: boolean;
}

export interface SettleRequest {
  readonly runId: string;
  /** Epoch ms. */
  readonly at: number;
  /** Absent where only the hand-over has brought something new. */
  readonly sight?: Sight | undefined;
  /** The names of the jobs of which the look has brought something new, where nothing else has changed: others need not be looked at. */
  readonly news?: readonly string[] | undefined;
}

/**
 * Brings the jobs of a run up to what is known, and writes what changed. Runs inside the caller's transaction. Returns how
 * many rows were written.
 */
export function settleRun(store: Store, { runId, at, sight, news }: SettleRequest): number {
  const run = findRun(store, runId);
  if (run === undefined) return 0;
  const { rows, descriptionOf } = (news && chooseRows(store, run, news)) ?? allRows(store, run);
  const jobs = rows.map((row) => ({ row, ...factsOf(row, { run, at, sight, description: descriptionOf(row) }) }));
  const handoverOver = run.handover === 'refused' || run.handover === 'interrupted';
  const settled = settleJobs(
    jobs.map(({ facts }) => facts),
    { handoverOver, failFast: readStoredModel(run.plan).sweep?.failFast },
  );
  let written = 0;
  for (const { row, facts, missingSince, reopened, brought } of jobs) {
    const job = settled.get(row.name);
    if (job === undefined || facts.kept === job) continue;
    if (!brought && isSettledSo(row, { ...job, missingSince })) continue;
    const observation = facts.seen === undefined ? undefined : lasting(facts.seen);
    const update = { runId, ordinal: row.ordinal, ...job, observation, missingSince, reopened, at };
    if (recordState(store, update)) written += 1;
  }
  return written;
}

interface ChosenRows {
  readonly rows: readonly JobRow[];
  readonly descriptionOf: (row: JobRow) => DescribedJob | undefined;
}

function allRows(store: Store, { id, plan }: RunRow): ChosenRows {
  const { jobs } = readStoredRun(plan);
  return { rows: jobsOfRun(store, id), descriptionOf: ({ ordinal }) => jobs[ordinal] };
}

/** Of a large sweep, the cells with news; `undefined` where these do not stand for themselves. */
function chooseRows(store: Store, { id, plan }: RunRow, news: readonly string[]): ChosenRows | undefined {
  const jobs = concernedCells(plan, news);
  if (jobs === undefined) return undefined;
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const tokens = jobs.map(({ token }) => token);
  const rows = jobsByTokens(store, id, tokens);
  // What was not submitted may be so because of another job.
  const isComplete = rows.length === jobs.length && rows.every(({ submission }) => submission === 'submitted');
  return isComplete ? { rows, descriptionOf: ({ name }) => byName.get(name) } : undefined;
}

/** Most jobs of a large run are as they were. */
function isSettledSo(row: JobRow, { state, final, reason, missingSince }: Partial<JobRow>): boolean {
  return row.state === state && row.final === final && row.reason === reason && row.missingSince === missingSince;
}

interface Situation {
  readonly run: RunRow;
  readonly at: number;
  readonly sight: Sight | undefined;
  readonly description: DescribedJob | undefined;
}

interface KnownJob {
  readonly facts: JobFacts;
  readonly missingSince: number | undefined;
  readonly reopened: boolean;
  /** The look has brought an observation of it, or it was completed. */
  readonly brought: boolean;
}

function factsOf(row: JobRow, { run, at, sight, description }: Situation): KnownJob {
  const { edges = [], wrapped = false, onError, retriedBy, part } = description ?? {};
  const finding = sight?.findings.get(row.token);
  const brought = finding === undefined || finding.kind === 'unclear' ? undefined : finding.observation;
  const reopened = row.final && finding?.kind === 'seen' && reopens(row.observation, finding.observation);
  const missingSince =
    finding?.kind === 'vanished' ? (row.missingSince ?? at) : finding?.kind === 'seen' ? undefined : row.missingSince;
  let absence: Absence = 'none';
  if (finding?.kind === 'vanished') {
    const hasAccounting = sight?.hasAccounting ?? true;
    const since = { submittedAt: run.createdAt, missingSince: missingSince ?? at };
    absence = judgeAbsence({ now: at, ...since, hasAccounting, wrapped });
  }
  // A look that brought nothing about a job leaves it as it is: an error of a source is no evidence.
  const isKept =
    (row.final && !reopened) || (row.missingSince !== undefined && brought === undefined && absence === 'none');
  const { name, submission, message } = row;
  const seen = stamped(brought ?? row.observation, at);
  const kept = isKept ? { state: row.state as EngineState, final: row.final, reason: row.reason } : undefined;
  // The clocks of this machine and of the cluster may differ, so it is fresh for a little longer than a look takes.
  const fresh = seen?.endTime !== undefined && at / 1000 - seen.endTime < 60;
  const mayFollow = retriedBy === 'srunx' && !row.tried && isBadEnd(seen);
  const requeued = finding?.kind === 'vanished' && finding.requeued;
  const facts = { name, edges, submission, message, seen, absence, requeued, kept, onError, part, fresh, mayFollow };
  return { facts, missingSince, reopened, brought: seen !== row.observation };
}

/** Nobody knows when a task was removed while it waited: it counts from the first look that misses it. */
function stamped(seen: JobObservation | undefined, at: number): JobObservation | undefined {
  return seen === undefined || seen.endTime !== undefined || !isRemoved(seen)
    ? seen
    : { ...seen, endTime: Math.floor(at / 1000) };
}

/** After which srunx may submit the job again. */
export function isBadEnd(seen: JobObservation | undefined): boolean {
  const { terminal = false, status } = seen?.state ?? {};
  return terminal && (status === 'FAILED' || status === 'TIMEOUT');
}

/**
 * Without what changes merely with time: the elapsed seconds, and the estimates of a job that has not got there yet. Nor with
 * the exit status of an attempt before this one.
 */
export function lasting(observation: JobObservation): JobObservation {
  const { elapsedSeconds: _elapsed, startTime, endTime, exit, ...rest } = observation;
  const { status, terminal } = observation.state;
  return {
    ...rest,
    ...(startTime === undefined || status === 'PENDING' ? {} : { startTime }),
    ...(endTime === undefined || !terminal ? {} : { endTime }),
    ...(exit === undefined || !terminal ? {} : { exit }),
  };
}
