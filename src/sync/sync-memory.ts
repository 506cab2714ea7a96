import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../shell/disk.ts';
import { writeWhole } from '../shell/write-whole.ts';
import type { LatestFiles } from './latest-files.ts';

/** What this machine remembers of the last sync of a mount. It may be lost: then everything is compared again. */
export interface SyncMemory {
  /** Names the state of things at the other end. */
  readonly stamp: string;
  readonly namesHash: string;
  readonly stateHash: string;
  readonly fingerprint: string;
  /** SHA-256 of the manifest that was there behind it. */
  readonly manifest: string | undefined;
  /** SHA-256 of the owner marker that was written there, and for whom; absent where none was. */
  readonly owner?: { readonly sha256: string; readonly me: string } | undefined;
  /** Absent: another version has written it. */
  readonly latest?: LatestFiles | undefined;
}

export function recallSync(stateDir: string, key: string): SyncMemory | undefined {
  try {
    return JSON.parse(readFileSync(placeOf(stateDir, key), 'utf8')) as SyncMemory;
  } catch {
    return undefined;
  }
}

export function rememberSync(stateDir: string, key: string, memory: SyncMemory): void {
  const path = placeOf(stateDir, key);
  try {
    makeDirectory(dirname(path));
    writeWhole(path, JSON.stringify(memory));
  } catch {
    // The next sync looks at everything once more.
  }
}

function placeOf(stateDir: string, key: string): string {
  return join(stateDir, 'sync', `${key}.json`);
}
