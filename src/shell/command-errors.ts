import { NotFoundError, TimeoutError, UsageError } from '../core/errors.ts';
import type { ShellCommand } from './shell.ts';

/** What every shell says in the same words, whichever machine it reaches. */

export function missingDirectory(cwd: string, shell: string, cause?: unknown): NotFoundError {
  return new NotFoundError(`the directory ${cwd} does not exist on ${shell}`, {
    code: 'shell.no_directory',
    hint: 'Make it, or start from another directory.',
    cause,
  });
}

export function argumentsTooLong({ argv }: Pick<ShellCommand, 'argv'>, cause?: unknown): UsageError {
  return new UsageError(`the arguments of ${argv[0]} are too long for one command line`, {
    code: 'shell.arguments_too_long',
    hint: 'Name fewer things at once.',
    cause,
  });
}

export function nulByte({ argv }: Pick<ShellCommand, 'argv'>, cause?: unknown): UsageError {
  return new UsageError(`an argument of ${argv[0]} contains a NUL byte, which no command can be given`, {
    code: 'shell.nul_byte',
    hint: 'Remove it.',
    cause,
  });
}

export function timedOut({ argv }: Pick<ShellCommand, 'argv'>, shell: string, timeoutMs: number): TimeoutError {
  return new TimeoutError(`${argv[0]} on ${shell} did not end within ${timeoutMs / 1000} s`, {
    code: 'shell.timeout',
    hint: 'Try again; the machine or the cluster may be overloaded.',
  });
}

export const defaultTimeoutMs = 60_000;

/** The longest time that a timer can wait; what is longer has no limit. */
export const maxTimerMs = 2 ** 31 - 1;
