import { RefusedError } from '../core/errors.ts';
import { normalizePath } from '../core/remote/remote-path.ts';
import { parseItems } from '../core/sync/rsync-output.ts';
import { notBrought, notTransferred } from '../sync/sync-errors.ts';
import type { SyncJob } from '../sync/sync-job.ts';
import { requireOwned } from '../sync/sync-mount.ts';
import { pullPatterns, pushPatterns } from '../sync/sync-patterns.ts';
import type { AppContext } from './app-context.ts';
import { prepareSync, type SyncWish } from './sync-job.ts';

export interface PreviewWish extends Pick<SyncWish, 'profile' | 'mount' | 'excludePatterns'> {
  readonly isPull: boolean;
  readonly isMirror: boolean;
  readonly overwrite: boolean;
}

export interface SyncPreview {
  /** Escaped names. */
  readonly transfers: readonly string[];
  readonly deletions: readonly string[];
  readonly deletionCount: number;
  readonly bytes: number;
  /** Why it would be refused as things are. */
  readonly refusals: readonly string[];
}

/** What a sync would do at this moment. Changes nothing, and takes no lock. */
export async function previewSync(context: AppContext, wish: PreviewWish): Promise<SyncPreview> {
  const silent = { purpose: 'a preview', force: false, onFirst: async () => {}, onWait: () => {} };
  const job = await prepareSync(context, { ...wish, ...silent });
  const { client, mount, profile, signal } = job;
  const excludePatterns = await (wish.isPull ? pullPatterns : pushPatterns)(job);
  const options = { excludePatterns, signal, dryRun: true, itemize: true, delete: wish.isMirror };
  const names = { mount: mount.name, profile };
  const result = wish.isPull
    ? await client.pull(`${normalizePath(mount.remote)}/`, mount.local, { ...options, update: !wish.overwrite })
    : await client.push(mount.local, mount.remote, options);
  if (!result.success) throw (wish.isPull ? notBrought : notTransferred)(names, result);
  const refusals = wish.isPull ? [] : await refusalsOf(job);
  return { ...parseItems(result.stdout), bytes: result.stats?.bytes ?? 0, refusals };
}

async function refusalsOf(job: SyncJob): Promise<readonly string[]> {
  const looks = [job.dirty?.() ?? Promise.resolve(undefined), requireOwned(job)];
  return (await Promise.allSettled(looks)).flatMap((look) => {
    if (look.status === 'fulfilled') return look.value ?? [];
    if (look.reason instanceof RefusedError) return `it would be refused: ${look.reason.message}`;
    throw look.reason;
  });
}
