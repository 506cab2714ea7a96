import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, RefusedError, type SrunxError } from '../core/errors.ts';
import { normalizePath } from '../core/remote/remote-path.ts';
import { describeHolder, type LockHolder } from '../core/sync/lock-holder.ts';
import {
  keepLockScript,
  type LockAnswer,
  type LockKey,
  parseLockAnswer,
  releaseLockScript,
  takeLockScript,
} from '../core/sync/lock-shell.ts';
import type { Shell, ShellResult } from '../shell/shell.ts';
import { type LockFile, releaseFileLock, renewFileLock, takeFileLock } from './file-lock.ts';
import { fateOf, newHolder } from './this-machine.ts';

export interface MountLockRequest {
  /** To the account whose directory it is. */
  readonly shell: Pick<Shell, 'run' | 'name'>;
  /** The account and its machine, by whatever name it was found: `ada@login.example.org:22`. */
  readonly account: string;
  /** The directory there, with its full path; it need not be there. */
  readonly remote: string;
  /** Of this machine, for its own locks. */
  readonly directory: string;
  /** For those who are refused: `srunx ssh sync`. */
  readonly purpose: string;
  /** How long to wait for it; more than 0. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once, where it has to be waited for. */
  readonly onWait?: ((holder: string) => void) | undefined;
  /** Runs there as soon as the lock is taken, in the same execution. */
  readonly first?: FirstScript | undefined;
  /** How often the lock is renewed. Default: every four minutes. */
  readonly renewMs?: number | undefined;
}

export interface FirstScript {
  /** For a POSIX shell. */
  readonly script: string;
  readonly stdin?: string | Uint8Array | undefined;
  /** Default 60,000 ms. */
  readonly timeoutMs?: number | undefined;
}

export interface HeldLock {
  /** What the first script has said; nothing, where there was none. */
  readonly first: ShellResult;
  /** Aborted with the request's signal, and when the lock is lost: a machine that slept may have lost it. */
  readonly signal: AbortSignal;
  /** For `keepLockScript` and `releaseLockScript`. */
  readonly key: LockKey;
  /** To be called when a script of the caller's has given the lock back. */
  readonly markReleased: () => void;
}

const leaseMinutes = 15;
const pollMs = 100;
/** So long one execution waits there. */
const longestWaitSeconds = 10;

/**
 * Does something to a directory of another machine that no other srunx does anything to meanwhile: no process of this machine, and none
 * elsewhere with the same account. Who waits does so here as long as others of this machine do. Throws a RefusedError that names the
 * holder after `timeoutMs`.
 */
export async function withMountLock<Result>(
  request: MountLockRequest,
  work: (held: HeldLock) => Promise<Result>,
): Promise<Result> {
  if (!(request.timeoutMs > 0)) throw new RangeError('the time to wait for a lock must be more than 0');
  const waiting: Waiting = { ...request, deadline: performance.now() + request.timeoutMs, tell: once(request.onWait) };
  const lock = lockFileOf(request);
  await takeHere(lock, waiting);
  try {
    const { key, first } = await takeThere(lock, waiting);
    return await workUnder({ lock, key, first }, { request, work });
  } finally {
    releaseFileLock(lock);
  }
}

interface Waiting extends MountLockRequest {
  readonly deadline: number;
  readonly tell: (holder: string) => void;
}

function once(tell: MountLockRequest['onWait']): (holder: string) => void {
  let told = false;
  return (holder) => {
    if (!told) tell?.(holder);
    told = true;
  };
}

function lockFileOf({ account, remote, directory, purpose }: MountLockRequest): LockFile {
  const name = createHash('sha256')
    .update(`${account}\0${normalizePath(remote)}`)
    .digest('hex')
    .slice(0, 16);
  const file = join(directory, `${name}.lock`);
  return { file, holder: { ...newHolder(purpose, new Date()), file }, leaseMs: leaseMinutes * 60_000 };
}

async function takeHere(lock: LockFile, waiting: Waiting): Promise<void> {
  for (;;) {
    waiting.signal?.throwIfAborted();
    const taking = takeFileLock(lock);
    if (taking.kind === 'taken') return;
    if (performance.now() > waiting.deadline) throw busy(taking.holder, waiting);
    if (taking.holder !== undefined) waiting.tell(describeHolder(taking.holder));
    await sleep(pollMs, undefined, { signal: waiting.signal });
  }
}

interface Taken {
  readonly key: LockKey;
  readonly first: ShellResult;
}

async function takeThere(lock: LockFile, waiting: Waiting): Promise<Taken> {
  const key = { directory: waiting.remote, token: lock.holder.token };
  const dead: string[] = [];
  for (let waitSeconds = 0; ; ) {
    const { answer, result } = await askThere({ lock, key, dead, waitSeconds }, waiting);
    if (answer.kind === 'taken') return { key, first: result };
    if (answer.kind !== 'busy') throw failed(answer, { result, waiting });
    const { holder } = answer;
    if (holder !== undefined && !dead.includes(holder.token) && isDead(holder, lock)) {
      dead.push(holder.token);
      continue;
    }
    const left = (waiting.deadline - performance.now()) / 1000;
    if (left <= 0) throw busy(holder, waiting);
    waiting.tell(holder === undefined ? 'somebody' : describeHolder(holder));
    waitSeconds = Math.min(longestWaitSeconds, Math.ceil(left));
  }
}

/** What has this lock of ours besides cannot be at work, whether its process lives or not. */
function isDead(holder: LockHolder, lock: LockFile): boolean {
  const fate = fateOf(holder);
  return fate === 'gone' || (fate === 'alive' && holder.file === lock.file);
}

interface Question {
  readonly lock: LockFile;
  readonly key: LockKey;
  readonly dead: readonly string[];
  readonly waitSeconds: number;
}

async function askThere(
  { lock: { holder }, key, dead, waitSeconds }: Question,
  { shell, signal, first }: Waiting,
): Promise<{ readonly answer: LockAnswer; readonly result: ShellResult }> {
  const script = `${takeLockScript({ ...key, holder, waitSeconds, leaseMinutes, dead })}${first?.script ?? ''}`;
  try {
    const result = await shell.run({
      argv: ['sh', '-c', script],
      stdin: first?.stdin,
      timeoutMs: (first?.timeoutMs ?? 60_000) + waitSeconds * 1000,
      signal,
    });
    const answer = parseLockAnswer(new TextDecoder().decode(result.stdout));
    if (answer.kind !== 'taken') return { answer, result };
    return { answer, result: { ...result, stdout: result.stdout.subarray(result.stdout.indexOf(10) + 1) } };
  } catch (error) {
    // It may have been taken all the same. Without a connection it is left to whoever sees that this process is gone.
    if (!(error instanceof ConnectionError)) await releaseThere(shell, key);
    throw error;
  }
}

/** Whether it can be told or not: what is left there is taken over by the next one. */
async function releaseThere(shell: MountLockRequest['shell'], key: LockKey): Promise<void> {
  await shell.run({ argv: ['sh', '-c', releaseLockScript(key)], timeoutMs: 10_000 }).catch(() => undefined);
}

interface Job<Result> {
  readonly request: MountLockRequest;
  readonly work: (held: HeldLock) => Promise<Result>;
}

async function workUnder<Result>(
  { lock, key, first }: Taken & { readonly lock: LockFile },
  { request: { shell, signal, renewMs = 240_000 }, work }: Job<Result>,
): Promise<Result> {
  let isReleased = false;
  const lost = new AbortController();
  const renew = async () => {
    const isHeldHere = renewFileLock(lock);
    const result = await shell.run({ argv: ['sh', '-c', keepLockScript(key)], timeoutMs: 30_000 });
    if (!isReleased && !(isHeldHere && result.exitCode === 0)) lost.abort(lockLost(key, shell.name));
  };
  // One that fails says nothing of the lock; the next one may tell.
  const timer = setInterval(() => void renew().catch(() => undefined), renewMs);
  try {
    const signals = [lost.signal, ...(signal === undefined ? [] : [signal])];
    const markReleased = () => {
      isReleased = true;
    };
    return await work({ first, key, signal: AbortSignal.any(signals), markReleased });
  } finally {
    clearInterval(timer);
    if (!isReleased) await releaseThere(shell, key);
  }
}

function busy(holder: LockHolder | undefined, { remote, shell, timeoutMs }: Waiting): RefusedError {
  const who = holder === undefined ? 'another srunx, which the lock does not name' : describeHolder(holder);
  const seconds = Math.round(timeoutMs / 1000);
  return new RefusedError(`${remote} on ${shell.name} is in use: ${who} (waited ${seconds} s)`, {
    code: 'sync.locked',
    hint: 'Wait until it is done, or set sync.lock_timeout_seconds higher. A lock whose holder has died is free by itself.',
  });
}

interface Failure {
  readonly result: ShellResult;
  readonly waiting: Waiting;
}

function failed(answer: LockAnswer, { result, waiting: { remote, shell } }: Failure): SrunxError {
  if (answer.kind === 'unwritable') {
    return new RefusedError(
      `${remote} on ${shell.name} cannot be locked: nothing can be written in ${answer.directory}`,
      {
        code: 'sync.lock_unwritable',
        hint: 'Check the permissions and the free space of the home directory there.',
      },
    );
  }
  return new ConnectionError(`${remote} on ${shell.name} could not be locked`, {
    code: 'sync.lock_failed',
    detail: new TextDecoder().decode(result.stderr).trim(),
    hint: 'Check that the account has a POSIX shell with cksum, find and ln.',
  });
}

export function lockLost({ directory }: LockKey, name: string): RefusedError {
  return new RefusedError(`the lock of ${directory} on ${name} was lost, so the work there was ended`, {
    code: 'sync.lock_lost',
    hint: 'Run the command again; this machine may have slept, or had no connection, for more than a quarter of an hour.',
  });
}
