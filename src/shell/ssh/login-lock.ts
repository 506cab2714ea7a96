import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isProcessAlive, processIdentity } from '../process-identity.ts';
import { randomHex } from '../random-bytes.ts';

/** Takes a lock of this machine unless a living process has it. Who dies with it leaves it to the next one. */
export function takeLoginLock(lock: string): boolean {
  // It appears with its holder's name in it: who dies amid this leaves no lock without one.
  const mine = `${lock}.${randomHex(6)}`;
  try {
    writeFileSync(mine, processIdentity(), { mode: 0o600, flag: 'wx' });
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (isLeft(lock)) removeLeft(lock, mine);
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Several may find it left at once, and one of them may have taken it since: what is moved away is looked at again. */
function removeLeft(lock: string, aside: string): void {
  try {
    renameSync(lock, aside);
    if (!isLeft(aside)) linkSync(aside, lock);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function isLeft(lock: string): boolean {
  try {
    return !isProcessAlive(readFileSync(lock, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
