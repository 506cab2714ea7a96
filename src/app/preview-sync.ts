import { RefusedError } from '../core/errors.ts';
import { normalizePath } from '../core/remote/remote-path.ts';
import { judgeMirror } from '../core/sync/mirror-rule.ts';
import { displayName } from '../core/sync/rsync-names.ts';
import { parseItems } from '../core/sync/rsync-output.ts';
import { notBrought, notTransferred } from '../sync/sync-errors.ts';
import { requireOwned } from '../sync/sync-mount.ts';
import { pullPatterns, pushPatterns } from '../sync/sync-patterns.ts';
import type { AppContext } from './app-context.ts';
import { inspectMount } from './inspect-mount.ts';
import { hereAlone } from './pull-mount.ts';
import { prepareSync, type SyncWish } from './sync-job.ts';
import { whatOf } from './sync-mount.ts';

export interface PreviewWish extends Pick<SyncWish, 'profile' | 'mount' | 'excludePatterns'> {
  readonly isPull: boolean;
  readonly isMirror: boolean;
  readonly maxDelete?: number | undefined;
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
  const items = parseItems(result.stdout);
  const looks = [
    ...(wish.isPull ? [] : [job.dirty?.() ?? Promise.resolve(undefined), requireOwned(job)]),
    ...(wish.isMirror ? [judge(context, wish, items)] : []),
  ];
  return { ...items, bytes: result.stats?.bytes ?? 0, refusals: await refusalsOf(looks) };
}

/** Throws where more would be removed than was asked for. */
async function judge(
  context: AppContext,
  { isPull, maxDelete, ...chosen }: PreviewWish,
  { deletions, deletionCount: count }: Pick<SyncPreview, 'deletions' | 'deletionCount'>,
): Promise<undefined> {
  const stale = isPull ? hereAlone : (await inspectMount(context, chosen)).stale;
  const what = isPull ? `${chosen.mount.local} (by ${whatOf(chosen)})` : whatOf(chosen);
  judgeMirror({ what, deletions, count, stale, maxDelete, display: displayName });
}

async function refusalsOf(looks: readonly Promise<string | undefined>[]): Promise<readonly string[]> {
  return (await Promise.allSettled(looks)).flatMap((look) => {
    if (look.status === 'fulfilled') return look.value ?? [];
    if (look.reason instanceof RefusedError) return `it would be refused: ${look.reason.message}`;
    throw look.reason;
  });
}
