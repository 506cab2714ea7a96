import { indexAccounting } from './accounting-history.ts';
import { isRemoved, missingTasks, removedState, rowsFromReceipts, taskCounts } from './array-tasks.ts';
import { expandTaskSet, parseTaskSet } from './job-id.ts';
import type { JobObservation } from './job-observation.ts';
import { observationFromReceipt, type Receipt } from './observation-from-receipt.ts';
import { baseIdOf, indexObservations, rollUp, type TrackedJob, tokenOfRow } from './observation-index.ts';
import { arrayOfTask, tokenOfTask } from './task-token.ts';
import { firstToken } from './try-token.ts';

/** What is known of a job after a look. */
export type Finding =
  | { readonly kind: 'seen'; readonly observation: JobObservation }
  /** A source that may know did not answer: the job keeps its last state. */
  | { readonly kind: 'unclear'; readonly message: string }
  /**
   * Every source has answered, and none can tell how it stands; perhaps a receipt tells that it started. `requeued`: the last
   * that accounting and receipt know is that it was put back into the queue for another attempt.
   */
  | { readonly kind: 'vanished'; readonly observation: JobObservation | undefined; readonly requeued: boolean };

/** `failed`: no answer is no evidence. `none`: there is no such source. */
export type SourceReply<Row> =
  | { readonly kind: 'answered'; readonly rows: readonly Row[] }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'none' };

export interface Evidence {
  /** The controller's jobs, finished ones included while it remembers them. Without it there is nothing to resolve. */
  readonly snapshot: readonly JobObservation[];
  /** Absent until asked for. */
  readonly accounting?: SourceReply<JobObservation>;
  readonly receipts?: SourceReply<Receipt>;
}

export interface Resolution {
  /** By token. A job of which a further source must be asked is not in it. */
  readonly findings: ReadonlyMap<string, Finding>;
  /** What to ask next, for which jobs; both empty: done. */
  readonly ask: { readonly accounting: readonly TrackedJob[]; readonly receipts: readonly TrackedJob[] };
}

/**
 * How jobs stand, from what the sources have said so far. The controller is right about every job it lists; only what it does
 * not list is looked up in the accounting, and only what that cannot tell in the receipts of the jobs' own wrappers.
 */
export function resolveJobs(jobs: readonly TrackedJob[], evidence: Evidence): Resolution {
  const findings = new Map<string, Finding>();
  const ask = { accounting: [] as TrackedJob[], receipts: [] as TrackedJob[] };
  const sources = {
    controller: indexObservations(evidence.snapshot),
    accounting: evidence.accounting?.kind === 'answered' ? indexAccounting(evidence.accounting.rows) : undefined,
  };
  const traces = createTraces(Object.values(sources));
  for (const job of jobs) {
    const listed = sources.controller.rowsOf(job);
    const live = rollUpJob(job, listed);
    if (live !== undefined && (isTask(job) || !mayBePart(live, listed))) {
      findings.set(job.token, { kind: 'seen', observation: live });
    } else if (evidence.accounting === undefined) {
      ask.accounting.push(job);
    } else {
      const rows = merge(listed, sources.accounting?.rowsOf(job) ?? []);
      const finding = judge(job, { rows, evidence, listed: listed.length > 0, hasTrace: () => traces(job) });
      if (finding === 'ask') ask.receipts.push(job);
      else findings.set(job.token, finding);
    }
  }
  return { findings, ask };
}

/** Not of an array, but one of its tasks. */
function isTask({ jobId }: TrackedJob): boolean {
  return jobId.includes('_');
}

interface RowSource {
  rowsOf(job: TrackedJob): readonly JobObservation[];
}

/** Whether any source lists something of the array that a task is of: looked up once for each array. */
function createTraces(sources: readonly (RowSource | undefined)[]): (task: TrackedJob) => boolean {
  const known = new Map<string, boolean>();
  return (task) => {
    if (!isTask(task)) return false;
    const array = { ...task, jobId: task.jobId.replace(/_.*$/, ''), token: arrayOfTask(task.token) };
    const found = known.get(array.token) ?? sources.some((source) => (source?.rowsOf(array) ?? []).length > 0);
    known.set(array.token, found);
    return found;
  };
}

/** The controller forgets the tasks of an array one by one: those that are left do not speak for the whole. */
function mayBePart(job: JobObservation, rows: readonly JobObservation[]): boolean {
  return job.state.terminal && rows.some(({ arrayJobId }) => arrayJobId !== undefined);
}

/** The controller's rows, and those of the accounting about tasks that it has forgotten. */
function merge(listed: readonly JobObservation[], recorded: readonly JobObservation[]): readonly JobObservation[] {
  const known = new Set(listed.map(({ jobId }) => jobId));
  return [...listed, ...recorded.filter(({ jobId }) => !known.has(jobId))];
}

function rollUpJob({ jobId, tasks }: TrackedJob, rows: readonly JobObservation[]): JobObservation | undefined {
  const whole = rollUp(jobId, rows);
  return whole === undefined || tasks === undefined ? whole : { ...whole, tasks: taskCounts(tasks, rows) };
}

interface Known {
  /** Of the controller, and of the accounting. */
  readonly rows: readonly JobObservation[];
  readonly evidence: Evidence;
  readonly listed: boolean;
  /** Of the array that the job is a task of. */
  readonly hasTrace: () => boolean;
}

function judge(job: TrackedJob, { rows, evidence, listed, hasTrace }: Known): Finding | 'ask' {
  const { accounting, receipts } = evidence;
  const recorded = rollUpJob(job, rows);
  if (listed && accounting?.kind === 'failed') return { kind: 'unclear', message: accounting.message };
  // A record without an end, of a job that the controller does not list, is late: it proves nothing.
  const missing = missingTasks(job, rows);
  const isTold = recorded !== undefined && (listed || recorded.state.terminal);
  if (isTold && missing.length === 0) return { kind: 'seen', observation: recorded };
  if (receipts === undefined) return 'ask';
  const noted =
    receipts.kind === 'answered' ? fromReceipts(job, { missing, rows, receipts: receipts.rows }) : undefined;
  if (noted?.state.terminal === true) return { kind: 'seen', observation: noted };
  for (const source of [accounting, receipts]) {
    if (source?.kind === 'failed') return { kind: 'unclear', message: source.message };
  }
  const { known } = job;
  const mayWait = known === undefined || known.state.status === 'PENDING' || isRemoved(known);
  if (noted === undefined && mayWait && hasTrace()) return { kind: 'seen', observation: removedTask(job) };
  const requeued = recorded?.state.phase === 'requeued' && noted?.state.status === 'PENDING';
  return { kind: 'vanished', observation: noted, requeued };
}

/** Somebody removed it while it waited: of an array that is known, such a task leaves no record anywhere. */
function removedTask({ jobId, name, known }: TrackedJob): JobObservation {
  const bare = { name, rawId: jobId, nodes: 0, cpus: 0, gpus: 0, restarts: 0 };
  return { ...bare, ...known, jobId, state: removedState, source: 'receipt' };
}

function fromReceipts(job: TrackedJob, known: Parameters<typeof rowsFromReceipts>[1]): JobObservation | undefined {
  if (job.tasks !== undefined) return rollUpJob(job, [...known.rows, ...rowsFromReceipts(job, known)]);
  const receipt = known.receipts.find((one) => isReceiptOf(one, job));
  return receipt === undefined ? undefined : observationFromReceipt(receipt, job);
}

/** Attempts that srunx submits write into the receipt of the first, each with its own id. */
function isReceiptOf({ token, jobId }: Receipt, job: TrackedJob): boolean {
  if (token === job.token) return true;
  return token === firstToken(job.token) && jobId === job.jobId;
}

/**
 * The ids of jobs, by token, that a snapshot shows to be alive or in a later attempt. Where one of them counts as ended,
 * somebody has requeued it; where its id is not known, a submission has succeeded of which nobody was told.
 */
export function sightedTokens(snapshot: readonly JobObservation[]): ReadonlyMap<string, string> {
  const sighted = new Map<string, string>();
  for (const row of snapshot) {
    const token = row.state.terminal && row.restarts === 0 ? undefined : tokenOfRow(row);
    if (token === undefined) continue;
    sighted.set(token, baseIdOf(row));
    for (const index of tasksOf(row)) sighted.set(tokenOfTask(token, index), `${baseIdOf(row)}_${index}`);
  }
  return sighted;
}

/** Of an array: of one of its tasks, or of a set of them. */
function tasksOf({ arrayTask }: JobObservation): readonly number[] {
  const set = arrayTask === undefined ? undefined : parseTaskSet(arrayTask);
  return set === undefined ? [] : expandTaskSet(set);
}

/** Whether a job that has ended begins anew: it is alive, or has ended once more. */
export function reopens(ended: JobObservation | undefined, seen: JobObservation): boolean {
  if (seen.source !== 'controller') return false;
  return !seen.state.terminal || (ended !== undefined && seen.restarts > ended.restarts);
}
