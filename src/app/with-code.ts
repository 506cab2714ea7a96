import { normalizePath } from '../core/remote/remote-path.ts';
import { besideOf } from '../core/sync/beside.ts';
import type { SentCode } from '../core/sync/sent-code.ts';
import { withMountLock } from '../sync/mount-lock.ts';
import { type SyncOutcome, withSyncedMount } from '../sync/sync-mount.ts';
import type { AppContext } from './app-context.ts';
import { loadConfig } from './load-config.ts';
import type { PlacedSubmission } from './place-submission.ts';
import { prepareSync, type SyncWish } from './sync-job.ts';
import { readSyncSettings } from './sync-settings.ts';

export interface CodeWish extends Pick<SyncWish, 'force' | 'onFirst' | 'onWait' | 'onProgress'> {
  /** For those who find the mount locked: `srunx sbatch`. */
  readonly purpose: string;
  readonly onSynced: (outcome: SyncOutcome) => void;
  readonly onWarning: (words: string) => void;
}

/**
 * Submits under the lock of the mount that the code is in, once the code there is that of here: what is submitted cannot be exchanged on
 * the way.
 */
export async function withCode<Result>(
  context: AppContext,
  { placed, wish }: { readonly placed: PlacedSubmission | undefined; readonly wish: CodeWish },
  submit: (code: SentCode | undefined) => Promise<Result>,
): Promise<Result> {
  if (placed === undefined) return submit(undefined);
  const { verifyRemoteHash } = readSyncSettings(loadConfig(context));
  const verify = verifyRemoteHash ? placed.source : undefined;
  const { name: mount, local, remote } = placed.mount;
  const snapshot = placed.snapshot ? { beside: besideOf(normalizePath(remote)), runId: placed.runId } : undefined;
  const job = await prepareSync(context, { ...wish, ...placed, verify, snapshot });
  const code: SentCode = { mount, local, remote, root: placed.root };
  if (placed.syncs) {
    return withSyncedMount(job, (outcome) => {
      wish.onSynced(outcome);
      return submit(outcome.snapshot === undefined ? code : { ...code, snapshot: outcome.snapshot });
    });
  }
  wish.onWarning(`${mount} is not synced: what runs is what is in ${remote} now`);
  const { lock, shell, signal } = job;
  return withMountLock({ ...lock, shell, remote, signal }, () => submit(code));
}
