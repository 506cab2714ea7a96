import type { CheckpointPlan, RetryPlan } from '../job/retry-shell.ts';
import type { JobState } from '../slurm/job-state.ts';

/** What the wrapper of a job wrote down, as far as it concerns its attempts. */
export interface TryReceipt {
  /** Of the attempt that wrote last. */
  readonly jobId: string;
  readonly exitCode?: number | undefined;
  readonly signals: readonly string[];
  readonly retrying?: boolean | undefined;
  readonly causes: readonly string[];
}

export interface EndedTry {
  readonly token: string;
  readonly jobId: string;
  readonly state: JobState;
  readonly receipt: TryReceipt | undefined;
}

export interface NextTry {
  readonly cause: string;
  /** The wrapper of the attempt that ended was killed before it could write down the cause. */
  readonly isUntold: boolean;
  readonly delaySeconds: number;
  /** Options of sbatch that take the place of those that the job had. */
  readonly options: readonly string[];
}

export interface TryPlan {
  readonly retry?: RetryPlan | undefined;
  readonly checkpoint?: Pick<CheckpointPlan, 'max'> | undefined;
}

/**
 * Whether srunx submits a job again that has ended, where jobs cannot put themselves back into the queue. `undefined`: its end was
 * the last. Asked again after whatever interruption, it says the same.
 */
export function nextTry({ retry, checkpoint }: TryPlan, ended: EndedTry): NextTry | undefined {
  const { state, jobId, token } = ended;
  const causes = ended.receipt?.causes ?? [];
  // What an attempt before this one wrote says nothing about it.
  const receipt = ended.receipt?.jobId === jobId ? ended.receipt : undefined;
  if (!state.terminal || state.status === 'COMPLETED' || state.status === 'CANCELLED') return undefined;
  const isUntold = receipt?.retrying !== true;
  const cause = isUntold ? untoldCause(state, receipt) : causes.at(-1);
  if (cause === undefined) return undefined;
  const all = isUntold ? [...causes, cause] : causes;
  if (cause === 'checkpoint') {
    const continued = all.filter((one) => one === 'checkpoint').length;
    return continued > (checkpoint?.max ?? 0)
      ? undefined
      : { cause, isUntold, delaySeconds: 0, options: grown(retry, all) };
  }
  // The wrapper knows the exit code, and has looked whether that is a cause.
  if (retry === undefined || (isUntold && !isNamed(retry, cause))) return undefined;
  const used = all.filter((one) => one !== 'checkpoint' && (isNamed(retry, one) || isOfWrapper(one))).length;
  if (used > retry.max) return undefined;
  const delay = retry.delays[Math.min(used, retry.delays.length) - 1] ?? 0;
  const jitter = Math.floor((delay * retry.jitterPercent * spread(token, used)) / 100);
  return { cause, isUntold, delaySeconds: delay + jitter, options: grown(retry, all) };
}

/** Why an attempt ended whose wrapper was killed, or told to end. */
function untoldCause(state: JobState, receipt: TryReceipt | undefined): string | undefined {
  const saysEnd = receipt?.exitCode !== undefined && !receipt.signals.includes('TERM');
  if (saysEnd) return undefined;
  switch (state.failureKind) {
    case 'oom':
    case 'node_fail':
    case 'preempted':
    case 'boot_fail':
    case 'timeout':
      return state.failureKind;
    default:
      // Somebody ended its processes one by one, so it was meant.
      return receipt?.exitCode === undefined ? 'failed' : undefined;
  }
}

function isNamed({ on }: RetryPlan, cause: string): boolean {
  return (on as readonly string[]).includes(cause);
}

/** `failed` stands in a receipt also where an exit code was what `on` names. */
function isOfWrapper(cause: string): boolean {
  return cause === 'failed' || cause === 'oom' || cause === 'timeout';
}

/** Every resource as large as it has grown so far, whatever the last cause was. */
function grown(retry: RetryPlan | undefined, causes: readonly string[]): readonly string[] {
  const nth = (cause: string, values: readonly string[]) => {
    const count = causes.filter((one) => one === cause).length;
    return count === 0 ? undefined : values[Math.min(count, values.length) - 1];
  };
  return [nth('oom', retry?.memory ?? []), nth('timeout', retry?.time ?? [])].flatMap((change) => {
    const [field = '', value = ''] = change?.split('=') ?? [];
    const option = sbatchOptions[field];
    return option === undefined ? [] : [option(value)];
  });
}

/** By the names that `scontrol update` has for them. */
const sbatchOptions: Readonly<Record<string, (value: string) => string>> = {
  MinMemoryNode: (mib) => `--mem=${mib}M`,
  MinMemoryCPU: (mib) => `--mem-per-cpu=${mib}M`,
  TimeLimit: (minutes) => `--time=${minutes}`,
};

/** From 0 to 1, different from job to job and the same whenever it is asked for. */
function spread(token: string, attempt: number): number {
  let hash = 2166136261 ^ attempt;
  for (const char of token) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
  hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
