import { chmodSync, chownSync, closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LoginAccount } from './login.ts';
import { run } from './processes.ts';

/** Homes in which nothing can be written, for want of permission or of room. */
export type BadHome = 'read-only' | 'full';

/** Takes root. */
export async function spoilHome({ user, home }: LoginAccount, how: BadHome): Promise<void> {
  if (how === 'full') {
    await run(['mount', '-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'srunx-dev', home]);
    await run(['chown', `${user}:`, home]);
    fill(join(home, 'filler'));
    return;
  }
  // Its owner could make it writable again.
  chownSync(home, 0, 0);
  chmodSync(home, 0o755);
}

function fill(path: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}
