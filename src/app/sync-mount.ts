import { normalizePath } from '../core/remote/remote-path.ts';
import { placeToKeep } from '../core/sync/beside.ts';
import { judgeMirror } from '../core/sync/mirror-rule.ts';
import { displayName } from '../core/sync/rsync-names.ts';
import { parseItems } from '../core/sync/rsync-output.ts';
import { staleUploads } from '../core/sync/stale-uploads.ts';
import type { MirrorPreview, SyncJob } from '../sync/sync-job.ts';
import { type SyncOutcome, syncMount } from '../sync/sync-mount.ts';
import type { AppContext } from './app-context.ts';
import type { ChosenMount } from './choose-mount.ts';
import { prepareSync, type SyncWish } from './sync-job.ts';

export interface PushWish extends Omit<SyncWish, 'mirror' | 'purpose'> {
  /** What is not here any more is removed there. */
  readonly isMirror: boolean;
  readonly maxDelete: number | undefined;
}

export interface Pushed extends SyncOutcome {
  /** How many entries were removed there. */
  readonly deleted: number;
  /** Where what was removed or replaced is kept, there; `undefined` where nothing is. */
  readonly backupDir: string | undefined;
}

/** Sends what has changed to the cluster, and nothing is submitted. */
export async function pushMount(context: AppContext, { isMirror, maxDelete, ...wish }: PushWish): Promise<Pushed> {
  let deleted = 0;
  let backupDir: string | undefined;
  const mirror = async ({ output, manifest, inventory, fingerprint }: MirrorPreview) => {
    const { deletions, deletionCount } = parseItems(output);
    deleted = deletionCount;
    const stale = staleUploads(manifest, { fingerprint, inventory, candidates: deletions });
    const what = whatOf(wish);
    const choice = { what, deletions, count: deleted, stale, maxDelete, display: displayName };
    const allowed = judgeMirror(choice);
    if (allowed === undefined) return {};
    backupDir = placeToKeep(normalizePath(wish.mount.remote), 'backup', context.now());
    return { delete: true, maxDelete: allowed, backupDir };
  };
  const job = await prepareSync(context, { ...wish, purpose: 'srunx ssh sync', ...(isMirror ? { mirror } : {}) });
  const outcome = await syncMount(job);
  // Of directories alone nothing is kept.
  const isKept = backupDir !== undefined && (await isThere(job, backupDir));
  return { ...outcome, deleted, backupDir: isKept ? backupDir : undefined };
}

async function isThere({ shell, signal }: SyncJob, directory: string): Promise<boolean> {
  return (await shell.run({ argv: ['test', '-d', directory], signal })).exitCode === 0;
}

export function whatOf({ profile, mount }: ChosenMount): string {
  return `${mount.name} (${profile.name}:${mount.remote})`;
}
