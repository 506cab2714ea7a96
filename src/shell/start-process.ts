import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { ConnectionError } from '../core/errors.ts';
import {
  argumentsTooLong,
  defaultTimeoutMs,
  maxTimerMs,
  missingDirectory,
  nulByte,
  timedOut,
} from './command-errors.ts';
import type { ShellCommand, ShellResult } from './shell.ts';

export interface StartOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The shell's name, for messages. */
  readonly shell: string;
  /** Writes what the command reads, and ends it, in the place of the command's own `stdin`. */
  readonly feed?: ((stdin: Writable) => void) | undefined;
}

export interface StartedProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the process has ended and its output is read; rejects on abort and timeout, after the group has ended. */
  readonly ended: Promise<Pick<ShellResult, 'exitCode' | 'signalName'>>;
  /** Ends the whole process group. */
  readonly stop: () => void;
}

/** Between asking a process group to end and ending it. */
const graceMs = 2_000;

/** Starts a command in a process group of its own, so that what it starts can be ended with it. */
export function startProcess(command: ShellCommand, options: StartOptions): StartedProcess {
  command.signal?.throwIfAborted();
  const child = spawnChild(command, options);
  // A command that does not read its input is free not to.
  child.stdin?.on('error', () => undefined);
  if (options.feed !== undefined && child.stdin !== null) options.feed(child.stdin);
  else child.stdin?.end(command.stdin);
  const stop = createGroupEnd(child);
  return { stdout: child.stdout, stderr: child.stderr, ended: waitForEnd(child, { command, options, stop }), stop };
}

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

/** Some failures to start come as an event, others (arguments too long, no process left) are thrown here. */
function spawnChild(command: ShellCommand, options: StartOptions): Child {
  const [file, ...args] = command.argv;
  try {
    const env = mergeEnvironment(options.env, command.env);
    const stdin = command.stdin === undefined && options.feed === undefined ? 'ignore' : 'pipe';
    return spawn(file, args, { cwd: command.cwd, env, detached: true, stdio: [stdin, 'pipe', 'pipe'] }) as Child;
  } catch (error) {
    throw startError(error, command, options.shell);
  }
}

function mergeEnvironment(base: StartOptions['env'], added: ShellCommand['env']): NodeJS.ProcessEnv {
  const merged = { ...base, ...added };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

interface Waiting {
  readonly command: ShellCommand;
  readonly options: StartOptions;
  readonly stop: () => void;
}

function waitForEnd(child: Child, { command, options, stop }: Waiting): StartedProcess['ended'] {
  return new Promise((resolve, reject) => {
    let failure: unknown;
    const giveUp = (reason: unknown) => {
      failure ??= reason;
      stop();
    };
    const onAbort = () => giveUp(command.signal?.reason);
    const timeoutMs = command.timeoutMs ?? defaultTimeoutMs;
    const onTimeout = () => giveUp(timedOut(command, options.shell, timeoutMs));
    const timer = timeoutMs > maxTimerMs ? undefined : setTimeout(onTimeout, timeoutMs);
    command.signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (end: Pick<ShellResult, 'exitCode' | 'signalName'>) => {
      clearTimeout(timer);
      command.signal?.removeEventListener('abort', onAbort);
      if (failure === undefined) resolve(end);
      else reject(failure);
    };
    child.once('error', (error) => {
      // Other errors are those of signals we sent; the end of the process is still to come.
      if (child.pid !== undefined) return;
      const exitCode = exitCodeOfStart(error, command);
      if (exitCode === undefined) failure = startError(error, command, options.shell);
      settle({ exitCode: exitCode ?? null, signalName: null });
    });
    child.once('close', (exitCode, signalName) => settle({ exitCode, signalName }));
  });
}

/** What a shell would say of a command that is not there, or is no program. */
function exitCodeOfStart(error: Error, { cwd }: ShellCommand): number | undefined {
  const code = 'code' in error ? error.code : undefined;
  if (cwd !== undefined && !isDirectory(cwd)) return undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 127;
  return code === 'EACCES' || code === 'ENOEXEC' ? 126 : undefined;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function startError(error: unknown, { argv, cwd }: ShellCommand, shell: string): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (cwd !== undefined && !isDirectory(cwd)) return missingDirectory(cwd, shell, error);
  if (code === 'E2BIG') return argumentsTooLong({ argv }, error);
  if (code === 'ERR_INVALID_ARG_VALUE') return nulByte({ argv }, error);
  return new ConnectionError(`${argv[0]} could not be started on ${shell}`, {
    code: 'shell.not_started',
    detail: error instanceof Error ? error.message : String(error),
    hint: 'The machine may be out of processes or memory.',
    cause: error,
  });
}

/**
 * A function that ends the group: TERM, and after a grace KILL for what is left. What escaped the group must not keep our
 * pipes open. Calling it again changes nothing.
 */
function createGroupEnd(child: Child): () => void {
  let isSettled = false;
  child.once('close', () => {
    isSettled = true;
  });
  return () => {
    if (isSettled || child.pid === undefined) return;
    isSettled = true;
    const { pid } = child;
    const isOver = () => child.exitCode !== null || child.signalCode !== null;
    const signalGroup = (signal: NodeJS.Signals) => {
      // While members of the group live, its number is nobody else's: a process that has it now is a stranger's.
      if (!isOver() || !exists(pid)) signalIfThere(-pid, signal);
    };
    const finish = () => {
      clearTimeout(timer);
      signalGroup('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(finish, graceMs);
    signalGroup('SIGTERM');
    if (!isOver()) child.once('exit', finish);
  };
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already, which is what was wanted; or it belongs to another account, which we cannot change.
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
