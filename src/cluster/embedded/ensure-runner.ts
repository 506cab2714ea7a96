import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectionError } from '../../core/errors.ts';
import { toStorageError } from './database.ts';
import type { RunnerLock } from './runner-lock.ts';

export interface RunnerStart {
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The program that runs the queue; the state directory and the options are added. */
  readonly command: readonly [string, ...string[]];
  readonly options: RunnerOptions;
  /** What the queue says of who serves it, by which a new runner is noticed. */
  readonly servedBy: () => Promise<string | undefined>;
}

/** How a runner behaves; what is absent has the default of the runner. */
export interface RunnerOptions {
  /** How long it stays when nothing is left to do. */
  readonly lingerMs?: number | undefined;
  /** Between asking a job to end and killing it. */
  readonly killWaitMs?: number | undefined;
}

export function wakePath(stateDir: string): string {
  return join(stateDir, 'wake');
}

/** How often a runner is started again that was killed while it started. */
const maxAttempts = 3;
const startTimeoutMs = 20_000;

/** On a full disk a runner cannot write down that it has taken over, and tries again for as long as it takes. */
const takeOverTimeoutMs = 2_000;

/** Starts a runner where none lives, and waits until it has taken over. */
export async function ensureRunner(lock: RunnerLock, start: RunnerStart): Promise<void> {
  if (lock.isHeld()) return;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) if (await tryStart(lock, start)) return;
  throw notStarted(start, undefined);
}

/** False: it was killed before it had taken over. */
async function tryStart(lock: RunnerLock, start: RunnerStart): Promise<boolean> {
  const before = await start.servedBy();
  const child = startRunner(start);
  let failure: Error | undefined;
  child.on('error', (error) => {
    failure = error;
  });
  const startedAt = performance.now();
  while ((await start.servedBy()) === before) {
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > takeOverTimeoutMs && lock.isHeld()) return true;
    // It ends with 0 where another runner was faster.
    if (child.exitCode === 0) return true;
    if (child.signalCode !== null) return false;
    if (failure !== undefined || child.exitCode !== null || waitedMs > startTimeoutMs) throw notStarted(start, failure);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  return true;
}

/**
 * Touches the file that a living runner watches. To be called after a write to the queue and before a look whether a runner
 * lives: one that is about to leave looks at the queue once more after it has let go of the lock, so nothing is missed.
 */
export function wakeRunner(stateDir: string): void {
  const path = wakePath(stateDir);
  try {
    closeSync(openSync(path, 'a', 0o600));
    const now = new Date();
    utimesSync(path, now, now);
  } catch (error) {
    throw toStorageError(error, path);
  }
}

/** In a session of its own: it outlives this process, its terminal and its process group. */
function startRunner({ stateDir, env, command, options }: RunnerStart): ChildProcess {
  const [program, ...args] = command;
  const log = openSync(logPath(stateDir), 'a', 0o600);
  try {
    const child = spawn(program, [...args, stateDir, JSON.stringify(options)], {
      detached: true,
      cwd: '/',
      env: { ...env },
      stdio: ['ignore', log, log],
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

export function logPath(stateDir: string): string {
  return join(stateDir, 'runner.log');
}

function notStarted({ stateDir, command }: RunnerStart, cause: Error | undefined): ConnectionError {
  const lastWords = readFileSync(logPath(stateDir), 'utf8').slice(-1_000).trim();
  return new ConnectionError('the embedded runner could not be started; what was submitted waits for it', {
    code: 'embedded.runner_not_started',
    detail: [cause?.message ?? command.join(' '), lastWords].filter(Boolean).join('\n'),
    hint: `Look into ${logPath(stateDir)}; any later command starts it again.`,
    cause,
  });
}
