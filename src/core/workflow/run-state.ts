import type { JobState } from '../slurm/job-state.ts';

export const engineStates = [
  'waiting',
  'pending',
  'running',
  'completed',
  'failed',
  'timeout',
  'cancelled',
  'skipped',
  'lost',
  'unknown',
  'refused',
  'withdrawn',
] as const;
/**
 * A job of a run, as the engine sees it.
 *
 * | State | Meaning | Entered when | Final |
 * |---|---|---|---|
 * | waiting | not submitted yet | the run is recorded | |
 * | pending | in the cluster's queue | the submission has a job id | |
 * | running | has an allocation | observed so | |
 * | completed, failed, timeout, cancelled | ended | observed so | yes |
 * | skipped | never started, and never will: an edge cannot be satisfied | the cluster removed it | yes |
 * | lost | nobody knows, or ever will, how it ended | unknown to controller, accounting and receipts | yes |
 * | unknown | whether it was submitted, or what became of it, cannot be told | the sources are silent | |
 * | refused | the cluster said no | hand-over | yes |
 * | withdrawn | never submitted, or taken back, because another job of the run was refused | hand-over | yes |
 */
export type EngineState = (typeof engineStates)[number];

export interface JobFacts {
  readonly name: string;
  readonly edges: readonly { readonly type: EdgeType; readonly parent: string }[];
  readonly submission: 'waiting' | 'submitted' | 'refused' | 'withdrawn' | 'unknown';
  /** The cluster's words where it refused. */
  readonly message?: string | undefined;
  readonly state?: JobState | undefined;
  /** Slurm's reason, such as `DependencyNeverSatisfied`. */
  readonly reason?: string | undefined;
  /** The controller and the accounting were asked just now, and neither knows the job. */
  readonly vanished: boolean;
  /** It vanished so long after its submission that no source can only be late. */
  readonly absent: boolean;
  /** A source may still remember an absent job: accounting replays what it missed. */
  readonly canBeKnown: boolean;
}

type EdgeType = 'afterok' | 'after' | 'afterany' | 'afternotok';

export interface SettledJob {
  readonly state: EngineState;
  readonly final: boolean;
  readonly reason: string | undefined;
}

/** The state of every job, parents before children. `over`: the hand-over has ended for good. */
export function settleJobs(
  jobs: readonly JobFacts[],
  run: { readonly handoverOver: boolean },
): ReadonlyMap<string, SettledJob> {
  const settled = new Map<string, SettledJob>();
  for (const job of jobs) settled.set(job.name, settleJob(job, { ...run, settled }));
  return settled;
}

function settleJob(
  job: JobFacts,
  context: { readonly handoverOver: boolean; readonly settled: ReadonlyMap<string, SettledJob> },
): SettledJob {
  if (job.submission === 'refused') return end('refused', job.message);
  if (job.submission === 'withdrawn') return end('withdrawn', undefined);
  if (job.submission === 'waiting') return context.handoverOver ? end('withdrawn', undefined) : going('waiting');
  if (job.submission === 'unknown') return going('unknown', 'whether the cluster has it cannot be told');
  const obstacle = unsatisfiableEdge(job, context.settled);
  // Slurm itself removes a job that waits for what cannot happen, and from 24.11 on without a record.
  if (job.vanished && obstacle !== undefined) return end('skipped', obstacle);
  if (job.absent) {
    const started = job.state !== undefined && job.state.status !== 'PENDING';
    return started || !job.canBeKnown
      ? end('lost', 'no source knows how it ended')
      : going('unknown', 'no source knows it');
  }
  return observed(job, obstacle);
}

function observed({ state, reason }: JobFacts, obstacle: string | undefined): SettledJob {
  switch (state?.status) {
    case undefined:
    case 'PENDING':
      return going('pending', reason);
    case 'RUNNING':
      return going('running', state.phase);
    case 'COMPLETED':
      return end('completed', undefined);
    case 'FAILED':
      return end('failed', state.failureKind);
    case 'TIMEOUT':
      return end('timeout', undefined);
    case 'CANCELLED':
      return obstacle === undefined ? end('cancelled', reason) : end('skipped', obstacle);
    case 'UNKNOWN':
      return going('unknown', state.raw);
  }
}

const end = (state: EngineState, reason: string | undefined): SettledJob => ({ state, final: true, reason });
const going = (state: EngineState, reason?: string): SettledJob => ({ state, final: false, reason });

/** The first edge that can never be satisfied, in words: `train failed (afterok)`. */
function unsatisfiableEdge(job: JobFacts, settled: ReadonlyMap<string, SettledJob>): string | undefined {
  for (const { type, parent } of job.edges) {
    const state = settled.get(parent);
    if (state?.final !== true) continue;
    // A skipped parent counts as cancelled, a lost one as failed; `after` and `afterany` are content with any end.
    const impossible =
      type === 'afterok' ? state.state !== 'completed' : type === 'afternotok' && state.state === 'completed';
    if (impossible) return `${parent} ${state.state} (${type})`;
  }
  return undefined;
}

export const runStatuses = ['pending', 'running', 'completed', 'failed', 'cancelled', 'unknown'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** A run's status follows from its jobs alone. Skipped jobs are neither success nor failure: what they waited for is. */
export function runStatus(states: readonly EngineState[]): RunStatus {
  const has = (...wanted: readonly EngineState[]) => states.some((state) => wanted.includes(state));
  if (has('waiting', 'pending', 'running')) return has('running', 'completed', 'failed') ? 'running' : 'pending';
  if (has('failed', 'timeout', 'lost', 'refused', 'withdrawn')) return 'failed';
  if (has('cancelled')) return 'cancelled';
  return has('unknown') ? 'unknown' : 'completed';
}
