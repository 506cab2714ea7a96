import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { makeDirectory } from '../shell/disk.ts';
import { writeWhole } from '../shell/write-whole.ts';
import { textOf } from './run-rsync.ts';
import { keyOf, type SyncJob } from './sync-job.ts';

/** The manifest that was written there last, so that it need not come back to be gone on with. It may be lost. */
export function keepManifest(job: SyncJob, packed: string): void {
  const path = placeOf(job);
  try {
    makeDirectory(dirname(path));
    writeWhole(path, packed);
  } catch {
    // The next one is read from there.
  }
}

/** @param sha256 of the manifest that is there */
export function recallManifest(job: SyncJob, sha256: string): string | undefined {
  try {
    const bytes = gunzipSync(Buffer.from(readFileSync(placeOf(job), 'latin1'), 'base64'));
    return createHash('sha256').update(bytes).digest('hex') === sha256 ? textOf(bytes) : undefined;
  } catch {
    return undefined;
  }
}

function placeOf(job: SyncJob): string {
  return join(job.stateDir, 'sync', `${keyOf(job)}.manifest`);
}
