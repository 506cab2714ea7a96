/**
 * The one hierarchy of errors. The class says who must act, the instance carries the facts.
 * Exit codes are defined here and nowhere else.
 */

/** Exit codes that do not belong to an error class: outcomes that are results, not exceptions. */
export const exitCodes = {
  success: 0,
  partial: 1,
  awaitedFailed: 4,
  awaitedCancelled: 5,
  timeout: 124,
  interrupted: 130,
  terminated: 143,
} as const;

export interface SrunxErrorOptions {
  /** Stable and documented, such as `slurm.controller_unavailable`. */
  readonly code: string;
  /** One imperative sentence: the next step. */
  readonly hint?: string;
  /** The other program's own words, verbatim (sbatch's standard error, a YAML excerpt). */
  readonly detail?: string;
  readonly cause?: unknown;
}

export abstract class SrunxError extends Error {
  abstract readonly kind: string;
  abstract readonly exitCode: number;
  readonly code: string;
  readonly hint: string | undefined;
  readonly detail: string | undefined;

  constructor(message: string, options: SrunxErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.hint = options.hint;
    this.detail = options.detail;
  }
}

/** The command line or a call's arguments are wrong. */
export class UsageError extends SrunxError {
  readonly kind = 'usage';
  readonly exitCode = 2;
}

/** A file the user wrote (workflow, configuration, script) is wrong. */
export class ConfigError extends SrunxError {
  readonly kind = 'config';
  readonly exitCode = 2;
}

/** Slurm (or the embedded runner) refused a submission; `detail` holds its own words. */
export class SubmissionError extends SrunxError {
  readonly kind = 'submission';
  readonly exitCode = 3;
}

/** The cluster, or the way to it, does not answer. */
export class ConnectionError extends SrunxError {
  readonly kind = 'connection';
  readonly exitCode = 6;
}

/** A job, run, profile, mount, template or log does not exist. */
export class NotFoundError extends SrunxError {
  readonly kind = 'not_found';
  readonly exitCode = 7;
}

/** It could be done, but a rule or a missing confirmation forbids it; nothing was changed. */
export class RefusedError extends SrunxError {
  readonly kind = 'refused';
  readonly exitCode = 8;
}

/** The operation did not end in its time. */
export class TimeoutError extends SrunxError {
  readonly kind = 'timeout';
  readonly exitCode = exitCodes.timeout;
}

/** This machine's own store, disk or permissions fail. */
export class StorageError extends SrunxError {
  readonly kind = 'storage';
  readonly exitCode = 1;
}

/** A defect of srunx: asks for a report. */
export class BugError extends SrunxError {
  readonly kind = 'bug';
  readonly exitCode = 70;
}

/** Ends a `switch` over a union: compiles only while every case is handled. */
export function assertNever(value: never): never {
  throw new BugError(`unexpected value ${JSON.stringify(value)}`, { code: 'bug.unreachable' });
}
