import { linkSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StorageError } from '../core/errors.ts';
import { type LockHolder, parseHolder, renderHolder } from '../core/sync/lock-holder.ts';
import { fateOf } from './this-machine.ts';

export interface LockFile {
  readonly file: string;
  readonly holder: LockHolder;
  /** Where it cannot be told whether the holder lives, it counts as gone when it has not renewed the lock for so long. */
  readonly leaseMs: number;
}

export type Taking =
  | { readonly kind: 'taken' }
  /** `holder`: absent where the lock does not say, or has just become free. */
  | { readonly kind: 'busy'; readonly holder: LockHolder | undefined };

/**
 * Takes a lock of this machine, or says at once who has it. Whoever is killed leaves it to the next one: the file appears with its
 * holder in it.
 */
export function takeFileLock(lock: LockFile): Taking {
  const { file, holder } = lock;
  const mine = `${file}.${holder.token}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(mine, renderHolder(holder), { mode: 0o600, flag: 'wx' });
    return takeWith(mine, lock);
  } catch (error) {
    throw new StorageError(`no lock can be kept in ${dirname(file)}`, {
      code: 'sync.lock_unwritable',
      cause: error,
      detail: error instanceof Error ? error.message : String(error),
      hint: 'Check its permissions and the free space there.',
    });
  }
}

function takeWith(mine: string, lock: LockFile): Taking {
  try {
    if (place(lock, mine) || (removeLeft(lock, mine) && place(lock, mine))) return { kind: 'taken' };
    return { kind: 'busy', holder: holderIn(lock.file) };
  } finally {
    rmSync(mine, { force: true });
  }
}

function place({ file, holder }: LockFile, mine: string): boolean {
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    // An answer of NFS may be lost.
    if (codeOf(error) === 'EEXIST') return holderIn(file)?.token === holder.token;
    // There are disks without links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(error))) throw error;
  }
  return attempt(() => writeFileSync(file, renderHolder(holder), { mode: 0o600, flag: 'wx' }), 'EEXIST');
}

/** Who removes one has a second lock, so that nobody removes what somebody else has taken since. */
function removeLeft({ file, leaseMs }: LockFile, mine: string): boolean {
  const isLeft = () => isLeftBehind(file, { mine, leaseMs });
  if (!isLeft()) return false;
  const second = `${file}.break`;
  if (!attempt(() => mkdirSync(second), 'EEXIST')) {
    // Who made it was killed amid this.
    if ((ageMs(second, mine) ?? 0) > 60_000) attempt(() => rmdirSync(second), 'ENOENT');
    return false;
  }
  try {
    if (isLeft()) rmSync(file, { force: true });
    return true;
  } finally {
    rmdirSync(second);
  }
}

function isLeftBehind(file: string, { mine, leaseMs }: { readonly mine: string; readonly leaseMs: number }): boolean {
  const age = ageMs(file, mine);
  if (age === undefined) return true;
  const holder = holderIn(file);
  const fate = holder === undefined ? 'unknown' : fateOf(holder);
  return fate === 'unknown' ? age > leaseMs : fate === 'gone';
}

/** By the clock of the disk: it has just made the other file. */
function ageMs(file: string, justMade: string): number | undefined {
  const made = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return made === undefined ? undefined : statSync(justMade).mtimeMs - made;
}

function holderIn(file: string): LockHolder | undefined {
  try {
    return parseHolder(readFileSync(file, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** False where it is not held any more. */
export function renewFileLock({ file, holder }: LockFile): boolean {
  if (holderIn(file)?.token !== holder.token) return false;
  const now = new Date();
  return attempt(() => utimesSync(file, now, now), 'ENOENT');
}

export function releaseFileLock({ file, holder }: LockFile): void {
  if (holderIn(file)?.token === holder.token) rmSync(file, { force: true });
}

/** False where it fails with this code. */
function attempt(action: () => void, code: string): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (codeOf(error) === code) return false;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
