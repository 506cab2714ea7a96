import type { JobObservation } from './job-observation.ts';
import type { JobState } from './job-state.ts';

export interface ReceiptFacts {
  readonly receipt: {
    readonly attempts: number;
    readonly startTime?: number;
    readonly endTime?: number;
    readonly exitCode?: number;
    readonly signals: readonly string[];
  };
  readonly name: string;
  readonly jobId: string;
  /** What was observed of the job before it was forgotten. */
  readonly known: JobObservation | undefined;
}

/** What a wrapper's receipt says, in the form of an observation: for jobs that neither controller nor accounting know. */
export function observationFromReceipt({ receipt, name, jobId, known }: ReceiptFacts): JobObservation {
  const { exitCode, startTime, endTime } = receipt;
  return {
    nodes: known?.nodes ?? 0,
    cpus: known?.cpus ?? 0,
    gpus: known?.gpus ?? 0,
    ...known,
    jobId,
    rawId: known?.rawId ?? jobId,
    name: known?.name ?? name,
    state: stateOf(receipt, known),
    restarts: Math.max(receipt.attempts - 1, 0),
    ...(startTime === undefined ? {} : { startTime }),
    ...(endTime === undefined ? {} : { endTime }),
    ...(exitCode === undefined ? {} : { exit: exitStatus(exitCode) }),
    source: 'receipt',
  };
}

function exitStatus(code: number): { code: number; signal: number } {
  return code > 128 ? { code: 0, signal: code - 128 } : { code, signal: 0 };
}

function stateOf(receipt: ReceiptFacts['receipt'], known: JobObservation | undefined): JobState {
  const { exitCode, signals } = receipt;
  if (exitCode === undefined) return { status: 'RUNNING', raw: 'receipt: started', terminal: false };
  const ended = { raw: `receipt: exit ${exitCode}`, terminal: true };
  if (exitCode === 0) return { ...ended, status: 'COMPLETED' };
  // Slurm sends TERM for a time limit and for scancel alike: the duration tells them apart.
  if (signals.includes('TERM')) {
    return reachedLimit(receipt, known)
      ? { ...ended, status: 'TIMEOUT', failureKind: 'timeout' }
      : { ...ended, status: 'CANCELLED', failureKind: 'cancelled' };
  }
  return { ...ended, status: 'FAILED', failureKind: exitCode > 128 ? 'signal' : 'exit' };
}

function reachedLimit(receipt: ReceiptFacts['receipt'], known: JobObservation | undefined): boolean {
  const limit = known?.timeLimitSeconds;
  if (limit === undefined || limit === null || receipt.startTime === undefined) return false;
  return (receipt.endTime ?? 0) - receipt.startTime >= limit;
}
