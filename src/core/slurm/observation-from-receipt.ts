import type { JobObservation } from './job-observation.ts';
import type { JobState } from './job-state.ts';
import type { TrackedJob } from './observation-index.ts';

/** What a job's wrapper wrote down. */
export interface Receipt {
  readonly token: string;
  /** Of the attempt that wrote last. */
  readonly jobId?: string;
  /** Starts of the payload. */
  readonly attempts: number;
  readonly startTime?: number;
  readonly endTime?: number;
  /** As a shell reports it: 128+n for signal n. */
  readonly exitCode?: number;
  readonly signals: readonly string[];
  /** That attempt was not the last one. */
  readonly retrying?: boolean;
}

/** A receipt in the form of an observation: for jobs that neither controller nor accounting know. */
export function observationFromReceipt(receipt: Receipt, job: Omit<TrackedJob, 'token'>): JobObservation {
  const { exitCode, startTime, endTime } = receipt;
  const { jobId, known } = job;
  return {
    nodes: 0,
    cpus: 0,
    gpus: 0,
    name: job.name,
    rawId: jobId,
    ...known,
    jobId,
    state: stateOf(receipt, known),
    // A job may be requeued before its wrapper runs: the controller counts that, too.
    restarts: Math.max(receipt.attempts - 1, known?.restarts ?? 0, 0),
    ...(startTime === undefined ? {} : { startTime }),
    ...(endTime === undefined ? {} : { endTime }),
    ...(exitCode === undefined ? {} : { exit: { code: exitCode, signal: 0 } }),
    source: 'receipt',
  };
}

function stateOf(receipt: Receipt, known: JobObservation | undefined): JobState {
  const { exitCode, signals, retrying } = receipt;
  if (retrying === true) return { status: 'PENDING', raw: 'receipt: to be retried', terminal: false };
  if (exitCode === undefined) return { status: 'RUNNING', raw: 'receipt: started', terminal: false };
  const ended = { raw: `receipt: exit ${exitCode}`, terminal: true };
  // Slurm sends TERM for a time limit and for scancel alike: the duration tells them apart. At the limit it is a TIMEOUT,
  // also for a payload that caught the signal and ended well.
  const wasTold = signals.includes('TERM');
  if (wasTold && reachedLimit(receipt, known)) return { ...ended, status: 'TIMEOUT', failureKind: 'timeout' };
  if (exitCode === 0) return { ...ended, status: 'COMPLETED' };
  if (wasTold) return { ...ended, status: 'CANCELLED', failureKind: 'cancelled' };
  // A payload that a signal killed makes its wrapper exit with 128 and more; the controller says so, too.
  return { ...ended, status: 'FAILED', failureKind: 'exit' };
}

function reachedLimit(receipt: Receipt, known: JobObservation | undefined): boolean {
  const limit = known?.timeLimitSeconds;
  if (limit === undefined || limit === null || receipt.startTime === undefined) return false;
  return (receipt.endTime ?? 0) - receipt.startTime >= limit;
}
