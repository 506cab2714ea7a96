import type { StopRule } from '../core/job/stop-others.ts';
import type { ArrayEntry, StopSweepOptions } from '../core/job/stop-sweep.ts';
import type { DependencyType } from '../core/slurm/dependency.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { Inventory } from '../core/slurm/node-info.ts';
import type { SqueueExtra } from '../core/slurm/squeue-extras.ts';
import type { FileChunk, FileToWrite } from '../shell/shell.ts';
import type { SlurmFacts } from './slurm-facts.ts';

/**
 * Where jobs run: a real Slurm through any shell, or the embedded runner of this machine. Batch first: every operation
 * takes many, and costs the controller what one costs.
 *
 * Guarantees of every implementation (and its contract suite):
 * - `submit` is exactly-once per token: called again with the same batch, after whatever interruption, it submits only
 *   what is missing and reports the ids of the rest.
 * - A refused submission starts nothing of its batch.
 * - An error of a source is thrown, never reported as absence.
 * - Job ids are text and go through the grammar of `core/slurm/job-id.ts`; nothing else is ever read from an id.
 */
export interface Cluster extends AsyncDisposable {
  readonly kind: 'slurm' | 'embedded';
  /** The target's name, for messages: `local`, `embedded`, or a profile. */
  readonly target: string;
  /** What only a Slurm knows: limits, accounts, reservations. Absent where no Slurm stands behind the cluster. */
  readonly slurm?: SlurmFacts;
  identity(signal?: AbortSignal): Promise<ClusterIdentity>;
  /** Probed once per cluster and kept. */
  capabilities(signal?: AbortSignal): Promise<ClusterCapabilities>;
  submit(batch: SubmissionBatch, options?: SubmitOptions): Promise<SubmissionReport>;
  /** What is known about a batch from its directory (and the queue, for claims without a receipt). Submits nothing. */
  inspectSubmission(
    batch: Pick<SubmissionBatch, 'directory' | 'submissions'>,
    signal?: AbortSignal,
  ): Promise<SubmissionReport>;
  /** Goes on with a batch whose directory is complete but whose hand-over stopped. Exactly-once, as `submit`. */
  resumeSubmission(
    batch: Pick<SubmissionBatch, 'directory' | 'submissions'>,
    options?: SubmitOptions,
  ): Promise<SubmissionReport>;
  /**
   * Ends the hand-over of a batch wherever it has got to, for ever: nothing of it is submitted or released afterwards, by nobody.
   * What was submitted already is taken back as far as the hand-over is not complete; one that is complete stays as it is.
   * Idempotent.
   */
  withdraw(
    batch: Pick<SubmissionBatch, 'directory' | 'submissions'>,
    options?: SubmitOptions,
  ): Promise<SubmissionReport>;
  /**
   * What a person says of submissions of which the cluster cannot tell whether it has them: that it has one, under this id, or that it
   * has not, so that it is submitted when the batch goes on. False for one that is not in question (any more). Absent where none ever is.
   */
  readonly decide?: (
    batch: Pick<SubmissionBatch, 'directory'>,
    decision: { readonly token: string; readonly jobId: string | undefined },
    signal?: AbortSignal,
  ) => Promise<boolean>;
  /** One query for every job that is asked for, finished ones included while the controller remembers them. */
  observe(query: ObserveQuery): Promise<Snapshot>;
  /** The accounting's records of the ids given; empty where accounting is absent (see `capabilities`). */
  accounting(query: AccountingQuery): Promise<readonly JobObservation[]>;
  /** What the jobs' own wrappers wrote down, for jobs that nobody else remembers. */
  receipts(directories: readonly string[], signal?: AbortSignal): Promise<readonly ExitReceipt[]>;
  /** Asks for the end (or sends a signal) and says what a later snapshot shows. */
  cancel(request: CancelRequest): Promise<readonly CancelResult[]>;
  requeue(jobIds: readonly string[], signal?: AbortSignal): Promise<void>;
  hold(jobIds: readonly string[], signal?: AbortSignal): Promise<void>;
  release(jobIds: readonly string[], signal?: AbortSignal): Promise<void>;
  /** For the driver of a run. Absent where the cluster does all that by itself. */
  readonly waiting?: WaitingJobs;
  /** What the cluster has and what of it is in use: all nodes and partitions that the account may see, from one query. */
  inventory(query?: InventoryQuery): Promise<Inventory>;
  /** Part of a log at exact byte offsets; `undefined` while the file does not exist. */
  readLog(request: LogRequest): Promise<FileChunk | undefined>;
}

/**
 * Changes of jobs that wait in the queue. One that cannot be changed any more, because it has ended or somebody was faster, is
 * passed over: the next look shows what became of it.
 */
export interface WaitingJobs {
  /** Gives each other jobs to wait for, in the place of all that it waited for; without any it waits for none. */
  redirect(jobs: readonly RedirectedJob[], signal?: AbortSignal): Promise<void>;
  release(jobIds: readonly string[], signal?: AbortSignal): Promise<void>;
}

export interface RedirectedJob {
  readonly jobId: string;
  readonly dependencies: readonly { readonly type: DependencyType; readonly jobId: string }[];
}

export interface ClusterIdentity {
  /** Equal for every target that points to the same cluster: `slurm:<ClusterName>@<controller>`, `embedded:<machine id>`. */
  readonly key: string;
  readonly name: string;
  /** The account that submits there. */
  readonly user: string;
}

export interface ClusterCapabilities {
  /** Such as `22.05.8`; the runner's own version for the embedded cluster. */
  readonly version: string;
  readonly accounting: boolean;
  /** How long the controller remembers a finished job. */
  readonly minJobAgeSeconds: number;
  /** Array indices must be below it. */
  readonly maxArraySize: number;
}

/** An edge to another submission of the same batch, or to a job that exists already. */
export type SubmissionDependency =
  | { readonly type: DependencyType; readonly token: string }
  | { readonly type: DependencyType; readonly jobId: string };

/**
 * Edges between the tasks of arrays that have the same indices: every task waits, by its type, for its like in each of the parents
 * (`aftercorr` is `afterok` here). Beside them the submission may have dependencies, which hold for all tasks.
 */
export interface SubmissionElements {
  /** The array's own indices, such as `0-99`. */
  readonly tasks: string;
  /** Submissions of the same batch. */
  readonly edges: readonly { readonly type: DependencyType; readonly token: string }[];
  /** Tokens of submissions that must have ended as a whole, however. */
  readonly after?: readonly string[] | undefined;
  /** Of tasks that begin when others have ended; those of which it says nothing wait for none. */
  readonly turns?: readonly SubmissionTurn[] | undefined;
}

/** Each task of the array from `first` to `last` waits for the end, however, of the task so many indices before it in each of the arrays. */
export interface SubmissionTurn {
  readonly first: number;
  readonly last: number;
  /** Below 0: the others have the higher indices. */
  readonly shift: number;
  /** Submissions of the same batch, of which it may be one, or come before them. */
  readonly tokens: readonly string[];
}

export interface Submission {
  /** `[A-Za-z0-9_.-]+`, unique for ever: the key to exactly-once. */
  readonly token: string;
  /** Absolute path, on the cluster, of the script to submit: a file of the batch, or the user's own. */
  readonly script: string;
  readonly args: readonly string[];
  /** `sbatch` options, one argv token each (`--partition=gpu`). Not dependency, comment, parsable. */
  readonly options: readonly string[];
  /** The user's own comment; the token is added behind it. */
  readonly comment?: string | undefined;
  readonly dependencies: readonly SubmissionDependency[];
  /** Of an array. Where `aftercorr` says it all, that is one request in the place of one for each task. */
  readonly elements?: SubmissionElements | undefined;
  /** Stays in the queue when an edge can never be satisfied: a driver gives it another parent, or ends it. Slurm only. */
  readonly waitsForDriver?: boolean | undefined;
  /** Held until a driver releases it. Slurm only. */
  readonly withheld?: boolean | undefined;
  /**
   * What ends when it has failed, among the jobs whose token begins with `within`. A Slurm knows no such thing: there it is the work
   * of the job's own wrapper.
   */
  readonly onFailure?: ((StopRule | SweepStopRule) & { readonly within: string }) | undefined;
  /** Where the batch has windows: to which it belongs; 0 where it is left out. No edge leads from one window to another. */
  readonly window?: number | undefined;
  /** Added to the submission's environment together with `--export=ALL` unless the options say otherwise. */
  readonly env: Readonly<Record<string, string>>;
  /** Working directory of the submission; becomes the job's unless `--chdir` says otherwise. */
  readonly cwd: string;
}

/** It is one of the arrays of a sweep that ends when cells have failed; and not all arrays may count. */
export interface SweepStopRule
  extends Pick<ArrayEntry, 'offset' | 'role'>,
    Pick<StopSweepOptions, 'after' | 'cancelRunning'> {
  readonly ends: 'sweep';
  /** Its own failures count. */
  readonly counts: boolean;
}

export interface SubmissionBatch {
  /** The plan directory, absolute, on the cluster. */
  readonly directory: string;
  /** Written below it before anything is submitted. */
  readonly files: readonly FileToWrite[];
  /** Parents before children. */
  readonly submissions: readonly Submission[];
  /** It is more than a Slurm takes at once: then parts of it are handed over one after another, each when the one before has ended. */
  readonly windows?: SubmissionWindows | undefined;
}

export interface SubmissionWindows {
  /** So many of Slurm's jobs each of them has. */
  readonly tasks: readonly number[];
  /** The limits that count, in the words of `scontrol show assoc_mgr`. */
  readonly room: readonly string[];
  /** Where nodes may submit: options of the jobs that hand over the next window. */
  readonly relay?: readonly string[] | undefined;
}

export interface SubmitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Stop watching after this many milliseconds (the hand-over itself goes on); default 10 minutes. */
  readonly timeoutMs?: number | undefined;
  readonly onSubmitted?: ((token: string, jobId: string) => void) | undefined;
  /**
   * The plan directory is complete, and nothing has been submitted before what it returns is fulfilled; or it has the mark that ends the
   * hand-over, which has not heeded it.
   */
  readonly onWritten?: (() => void | Promise<void>) | undefined;
  /** Of a batch with windows: the one before this has ended. */
  readonly opens?: number | undefined;
  /** From here on it goes on by itself. */
  readonly onStarted?: (() => void) | undefined;
}

export type SubmissionOutcome =
  | { readonly kind: 'submitted'; readonly jobId: string }
  /** Slurm said no: nothing of the batch runs. `message` is its own text. */
  | { readonly kind: 'refused'; readonly message: string; readonly exitCode: number }
  /** Not sent, and it will not be: an earlier submission of the batch was refused, or what `message` says. */
  | { readonly kind: 'withdrawn'; readonly jobId?: string | undefined; readonly message?: string | undefined }
  /** Not sent yet; with what it waits for, where that is not the next moment. */
  | { readonly kind: 'waiting'; readonly message?: string | undefined }
  /** Claimed, but whether Slurm has it cannot be told, although it was looked for long enough. Only a person goes on. */
  | { readonly kind: 'unknown'; readonly claimedAt: number };

export interface SubmissionReport {
  /**
   * `done`: everything submitted and released, or withdrawn. `running`: a hand-over process is at work, or what became of its last call is
   * still being found out. `deferred`: what could be submitted now runs, and the rest is to follow. `stopped`: none of these, work is left.
   */
  readonly phase: 'done' | 'refused' | 'running' | 'deferred' | 'stopped' | 'absent';
  /** Where it is deferred. */
  readonly deferred?: Deferral | undefined;
  readonly outcomes: ReadonlyMap<string, SubmissionOutcome>;
  /** What was done otherwise than asked for, in words for the user. */
  readonly remarks?: readonly string[] | undefined;
}

export interface Deferral {
  /** The next window. */
  readonly window: number;
  /** Somebody has tried to submit it in the last half minute, and there was no room, or the sweep is paused. */
  readonly isTried: boolean;
  /** The job that hands it over. */
  readonly relay: string | undefined;
  /** Why the cluster did not take that job. */
  readonly problem: string | undefined;
}

export interface ObserveQuery {
  /** Whose jobs: the account's own (cheapest), one user's, or the whole table. */
  readonly scope: 'me' | 'all' | { readonly user: string };
  /** Fields beyond the usual; a cluster without them leaves them out. */
  readonly extra?: readonly SqueueExtra[] | undefined;
  /** Words of the user's for Slurm's own command; a cluster without one takes none. */
  readonly words?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Snapshot {
  /** Epoch milliseconds before the query was sent: what was written later may be missing from it. */
  readonly takenAt: number;
  readonly jobs: readonly JobObservation[];
}

export interface AccountingQuery {
  readonly jobIds: readonly string[];
  /** Epoch seconds of the oldest submission among them. */
  readonly since: number;
  /** Every record of an id, also those of earlier attempts and of other jobs that had it; else the newest alone. */
  readonly history?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** From the plan directory; `attempts` counts starts of the payload. */
export interface ExitReceipt {
  readonly token: string;
  readonly jobId: string;
  readonly attempts: number;
  readonly startTime?: number;
  readonly endTime?: number;
  /** Exit code as a shell reports it (128+n for signal n); absent while the payload runs or when it was lost. */
  readonly exitCode?: number;
  /** Signals that reached the wrapper before the end, such as `TERM`. */
  readonly signals: readonly string[];
  /** The last attempt has ended, and another one was asked for. */
  readonly retrying?: boolean;
  /** Why attempts before it ended, in their order; with its own where it is to be retried. */
  readonly causes: readonly string[];
  /** Each once, in their order: more than one where srunx has submitted it again. */
  readonly jobIds: readonly string[];
}

export interface CancelRequest {
  /** Jobs, arrays, tasks (`1_4`), task sets (`1_[2-5]`), components. */
  readonly jobIds: readonly string[];
  /** Send this signal instead of ending the job: `USR1`, `TERM` … */
  readonly signalName?: string | undefined;
  /** Words of the user's for Slurm's scancel, as they are (`--batch`); a cluster without one takes none. */
  readonly words?: readonly string[] | undefined;
  /** How long to look for the result; default 2,000 ms. */
  readonly verifyMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type CancelOutcome = 'cancelled' | 'signalled' | 'already_finished' | 'not_found' | 'denied' | 'failed';

export interface CancelResult {
  readonly jobId: string;
  readonly outcome: CancelOutcome;
  /** The state seen last, if any. */
  readonly state?: string | undefined;
  /** The cluster's own words, where it complained. */
  readonly message?: string | undefined;
}

export interface InventoryQuery {
  /** Words of the user's for `sinfo`; refused where there is none. */
  readonly words?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LogRequest {
  /** Absolute path on the cluster. */
  readonly path: string;
  /** As in `Shell.readFile`: from 0, or negative from the end. */
  readonly offset: number;
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}
