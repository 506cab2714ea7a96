import type { AccountLimits } from '../core/slurm/account-limits.ts';
import type { ControllerState } from '../core/slurm/controller-state.ts';
import type { JobEnding } from '../core/slurm/job-endings.ts';
import type { PartitionLimits } from '../core/slurm/partition-limits.ts';
import type { Reservation } from '../core/slurm/reservations.ts';
import type { SubmitLimits } from '../core/slurm/submit-limits.ts';

export interface ClusterUser {
  readonly user: string;
  readonly cluster: string;
}

/** Questions that only a Slurm can answer, each one command. */
export interface SlurmFacts {
  reservations(signal?: AbortSignal): Promise<readonly Reservation[]>;
  /** All partitions that the account may see, with what they allow. */
  partitionLimits(signal?: AbortSignal): Promise<readonly PartitionLimits[]>;
  /** What the accounting allows a user, or whoever asks; `undefined` where the cluster keeps no accounts. Two commands. */
  accountLimits(who: ClusterUser | 'asker', signal?: AbortSignal): Promise<AccountLimits | undefined>;
  /** The part of it that says which accounts the user may use. */
  associations(who: ClusterUser | 'asker', signal?: AbortSignal): Promise<AccountLimits['associations'] | undefined>;
  /** How many jobs a user may have in the queue, and has; what is set counts only where it is enforced (see `config`). */
  submitLimits(user: string, signal?: AbortSignal): Promise<SubmitLimits>;
  /** How jobs ended since a moment (epoch seconds), everybody's; `undefined` where the cluster keeps no accounts. */
  endings(since: number, signal?: AbortSignal): Promise<readonly JobEnding[] | undefined>;
  /** `scontrol show config`, as it was at most some seconds ago. */
  config(signal?: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** Which controllers are up. Answers at once, also where none is. */
  ping(signal?: AbortSignal): Promise<readonly ControllerState[]>;
  /** The controller's clock in epoch seconds; `undefined` where it does not tell. */
  clock(signal?: AbortSignal): Promise<number | undefined>;
}
