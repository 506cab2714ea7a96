import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import process from 'node:process';
import { RefusedError } from '../core/errors.ts';
import { makePlaceFor, unwritable } from './write-config.ts';

const patienceMs = 5_000;
const pauseMs = 20;
/** A change of a small file takes milliseconds: who holds the lock for so long has died. */
const staleMs = 30_000;

/**
 * Does something to a file that no other srunx changes meanwhile, on this host or another one that shares the disk. Makes the
 * place for the file; throws a StorageError where nothing can be written.
 */
export function withConfigLock<Result>(file: string, action: () => Result): Result {
  makePlaceFor(file);
  const lock = `${file}.lock`;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (const deadline = performance.now() + patienceMs; !take(lock, file); Atomics.wait(pause, 0, 0, pauseMs)) {
    if (performance.now() > deadline) {
      throw new RefusedError(`another srunx is changing ${file}`, {
        code: 'config.busy',
        hint: `Try again; where none is, remove ${lock}.`,
      });
    }
  }
  try {
    return action();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string, file: string): boolean {
  let fd: number | undefined;
  try {
    fd = openSync(lock, 'wx', 0o600);
    writeSync(fd, `${process.pid}\n`);
    return true;
  } catch (error) {
    // A full disk takes the name, and not the number in it.
    if (fd !== undefined) rmSync(lock, { force: true });
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(file, error);
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > staleMs) rmSync(lock, { force: true });
    return false;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
