import { contextOn, type TargetName } from './app/app-context.ts';
import { type CancelResult, planCancel } from './app/cancel-jobs.ts';
import { followRun, type RunView } from './app/follow-run.ts';
import { listQueue, parseStates } from './app/list-queue.ts';
import { listRuns, showRun } from './app/list-runs.ts';
import { loadWorkflow } from './app/load-plan.ts';
import { silentWish } from './app/place-workflow.ts';
import { planJob } from './app/plan-job.ts';
import type { RunStatusView } from './app/run-status-view.ts';
import { runSweep } from './app/run-sweep.ts';
import { runWorkflow, type StartedRun } from './app/run-workflow.ts';
import { type SubmittedJob, submitJob } from './app/submit-job.ts';
import { type JobChange, watchJobs } from './app/watch-jobs.ts';
import type { CodeWish } from './app/with-code.ts';
import type { JobObservation } from './core/slurm/job-observation.ts';
import { createAppContext } from './main/create-app-context.ts';

export type { SubmissionSource, SweepRun } from './app/view-sweep-run.ts';
export { exitCodes, SrunxError } from './core/errors.ts';
export { parseArgFlags, parseSweepFlags, type ScalarValue } from './core/sweep/flags.ts';
export { expandMatrix, type MergeSweepRequest, mergeSweepSpecs, type SweepSpec } from './core/sweep/library.ts';
export type { RsyncStats } from './core/sync/rsync-output.ts';
export type { RsyncProgress } from './core/sync/rsync-progress.ts';
export type { SweepCallbacks, SweepJobEvent } from './main/sweep-callbacks.ts';
export { SweepOrchestrator } from './main/sweep-orchestrator.ts';
export type { SweepOrchestratorOptions } from './main/sweep-orchestrator-options.ts';
export type { LocalInventory } from './sync/local-inventory.ts';
export { RsyncClient, type RsyncClientOptions, type TransferOptions } from './sync/rsync-client.ts';
export type { RsyncResult } from './sync/transfer.ts';
export type { CancelResult, JobChange, JobObservation, RunStatusView, RunView, StartedRun, SubmittedJob, TargetName };

export interface SrunxOptions {
  /** `local`: this machine's Slurm. `embedded`: this machine without Slurm. */
  readonly target: TargetName;
  /** Ends whatever is being waited for. Jobs go on. */
  readonly signal?: AbortSignal;
}

export interface JobToSubmit {
  /** The text of a batch script, submitted as it is. */
  readonly script: string;
  readonly name?: string;
  readonly args?: readonly string[];
  /** Options of `sbatch` by their long names: `{ partition: 'gpu', 'gpus-per-node': '1' }`. */
  readonly options?: Readonly<Record<string, string>>;
  /** Variables of the job. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface QueueQuery {
  /** Only this account's jobs: the cheapest question to the controller. Default true. */
  readonly mine?: boolean;
  /** Words such as `PENDING`, `R` or `all`; default: all jobs that have not ended. */
  readonly states?: readonly string[];
  readonly jobIds?: readonly string[];
}

export interface WorkflowToRun {
  readonly file: string;
  readonly args?: Readonly<Record<string, string>>;
  /** Over ssh: whether what has changed in the mounts is sent first. Default: as `sync.auto` of the configuration says. */
  readonly sync?: boolean;
  /** Over ssh: also where somebody else has synced a mount last. */
  readonly forceSync?: boolean;
  /** Over ssh: whether the jobs run in a copy of the code. Default: as the mounts say. */
  readonly snapshot?: boolean;
}

/** srunx as a library, for one target. Every method throws a {@link SrunxError} that says what to do next. */
export interface Srunx extends AsyncDisposable {
  /** Submits one job exactly once, whatever interrupts it. */
  submit(job: JobToSubmit): Promise<SubmittedJob>;
  queue(query?: QueueQuery): Promise<readonly JobObservation[]>;
  /** Cancels jobs, arrays (`4711`) or tasks (`4711_3`) and says what became of each. */
  cancel(jobIds: readonly string[]): Promise<readonly CancelResult[]>;
  /** Every change of the jobs until all have ended; one question to the cluster per look, whatever their number. */
  watch(jobIds: readonly string[], options?: { readonly intervalSeconds?: number }): AsyncIterable<JobChange>;
  /** Hands a whole workflow over. It then needs neither this process nor this machine, if the target is a Slurm. */
  run(workflow: WorkflowToRun): Promise<StartedRun>;
  /** How a run stands, again and again until all its jobs have ended. */
  follow(runId: string): AsyncIterable<RunView>;
  /** One run by its id or the beginning of it; without either, the newest. */
  status(runId?: string): Promise<RunStatusView>;
  runs(limit?: number): Promise<readonly RunStatusView[]>;
}

export function createSrunx({ target, signal = new AbortController().signal }: SrunxOptions): Srunx {
  const app = createAppContext(signal);
  const everything = { target, users: [], partitions: [], names: [] };
  return {
    async submit({ script, name, args = [], options = {}, env = {} }) {
      const given = Object.entries({ ...(name === undefined ? {} : { 'job-name': name }), ...options });
      const job = planJob(await contextOn(app, target), {
        script: new TextEncoder().encode(script),
        fileName: 'script.sh',
        args,
        options: given.map(([key, value]) => ({ name: key, value })),
        env,
      });
      return submitJob(app, { job, target, source: null });
    },
    queue: ({ mine = true, states = [], jobIds = [] } = {}) =>
      listQueue(app, { ...everything, mine, states: parseStates(states), jobIds }),
    async cancel(jobIds) {
      const plan = await planCancel(app, { ...everything, mine: false, states: [], jobIds, preview: false });
      return plan.execute(plan.jobIds);
    },
    watch: (jobIds, { intervalSeconds } = {}) =>
      watchJobs(app, { target, jobIds, intervalSeconds, timeoutSeconds: undefined }),
    async run({ file, args = {}, sync: syncs, snapshot, forceSync: force = false }) {
      const words = Object.entries(args).map(([key, value]) => `${key}=${value}`);
      const request = { file, target, args: words, from: undefined, to: undefined, only: [] };
      const { kind, plan, placed } = await loadWorkflow(app, { ...request, code: { syncs, snapshot } });
      const said: string[] = [];
      const wish: CodeWish = {
        ...{ ...silentWish, force },
        onSynced: ({ warnings }) => void said.push(...warnings),
        onWarning: (words) => void said.push(words),
      };
      const sending = { placed, wish };
      if (kind === 'workflow') {
        const { remarks, ...started } = await runWorkflow(app, { plan, target, sending });
        return { ...started, remarks: [...said, ...remarks] };
      }
      const sweep = await runSweep(app, { plan, target, sending, through: 'library' });
      const { tasks: jobs, runId, verdict, remarks } = sweep;
      return { runId, jobs, verdict, remarks: [...said, ...remarks] };
    },
    follow: (runId) => followRun(app, { runId, target, intervalSeconds: undefined }),
    status: async (runId) => (await showRun(app, { id: runId })).run,
    runs: async (limit = 20) => (await listRuns(app, { limit })).runs,
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}
