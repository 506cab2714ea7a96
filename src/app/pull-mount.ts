import { existsSync, readdirSync, rmSync } from 'node:fs';
import { quoteWord } from '../core/quote.ts';
import { normalizePath } from '../core/remote/remote-path.ts';
import { placeToKeep } from '../core/sync/beside.ts';
import { judgeMirror } from '../core/sync/mirror-rule.ts';
import { displayName, unescapeName } from '../core/sync/rsync-names.ts';
import { parseItems } from '../core/sync/rsync-output.ts';
import { withMountLock } from '../sync/mount-lock.ts';
import { type Conflicts, findConflicts } from '../sync/pull-conflicts.ts';
import { asComing, asPulled, recallPulled, rememberPulled, stillPulled } from '../sync/pulled-files.ts';
import type { RsyncClient, TransferOptions } from '../sync/rsync-client.ts';
import { allDiffers, notBrought, sourceIsGoneThere } from '../sync/sync-errors.ts';
import { keyOf, type MirrorOptions, type SyncJob } from '../sync/sync-job.ts';
import { pullPatterns } from '../sync/sync-patterns.ts';
import type { RsyncResult } from '../sync/transfer.ts';
import type { AppContext } from './app-context.ts';
import { prepareSync } from './sync-job.ts';
import { type PushWish, whatOf } from './sync-mount.ts';

export interface PullWish extends Omit<PushWish, 'onFirst' | 'force'> {
  /** Also in the place of files that are newer here. */
  readonly overwrite: boolean;
}

export interface Pulled {
  readonly result: RsyncResult;
  readonly deleted: number;
  readonly backupDir: string | undefined;
}

/** Brings what has changed on the cluster. What is newer here stays, unless it was said otherwise. */
export async function pullMount(context: AppContext, wish: PullWish): Promise<Pulled> {
  const { isMirror, maxDelete, overwrite, ...rest } = wish;
  const job = await prepareSync(context, {
    ...rest,
    force: true,
    purpose: 'srunx ssh sync --pull',
    onFirst: async () => {},
  });
  const { mount, shell, lock, client, signal, profile } = job;
  const names = { mount: mount.name, profile };
  const excludePatterns = await pullPatterns(job);
  const base = { excludePatterns, update: !overwrite };
  const first = { script: countScript(mount.remote) };
  return withMountLock({ ...lock, shell, remote: mount.remote, signal, first }, async (held) => {
    const there = new TextDecoder().decode(held.first.stdout).trim();
    if (there !== 'some') throw sourceIsGoneThere(names, mount.remote, there === 'none');
    const found = await previewPull(job, { client, options: { ...base, signal: held.signal } });
    const kept = overwrite ? nothingKept : findKept(job, found);
    const options = { ...base, excludePatterns: [...kept.patterns, ...excludePatterns], signal: held.signal };
    const mirror = isMirror ? await judge(job, { client, options, wish }) : {};
    const backupDir = mirror.backupDir ?? placeToKeep(normalizePath(mount.local), 'backup', job.now());
    const untouched = stillPulled(mount.local, recallPulled(job.stateDir, keyOf(job)));
    const how = { ...options, ...mirror, backupDir, itemize: true, onProgress: job.onProgress };
    const result = await bring(job, { client, options: how, wanted: parseItems(found.stdout).transfers });
    const isKept = forgetBackups(backupDir, untouched);
    const told = { ...result, warnings: [...kept.warnings, ...result.warnings] };
    return { result: told, deleted: mirror.maxDelete ?? 0, backupDir: isKept ? backupDir : undefined };
  });
}

/** What had come from there and was not touched here is nobody's loss. Whether anything else is kept. */
function forgetBackups(backupDir: string, names: readonly string[]): boolean {
  if (!existsSync(backupDir)) return false;
  for (const name of names) rmSync(Buffer.concat([Buffer.from(`${backupDir}/`), unescapeName(name)]), { force: true });
  const entries = readdirSync(backupDir, { recursive: true, withFileTypes: true });
  const isEmpty = entries.every((entry) => entry.isDirectory());
  if (isEmpty) rmSync(backupDir, { recursive: true, force: true });
  return !isEmpty;
}

/** Whether there is anything: a disk that is not mounted there looks like a directory in which nothing is. */
function countScript(remote: string): string {
  return `if [ ! -d ${quoteWord(remote)} ]; then echo absent; elif [ -n "$(ls -A -- ${quoteWord(remote)} | head -n 1)" ]; then echo some; else echo none; fi\n`;
}

const nothingKept: Conflicts = { patterns: [], warnings: [] };

/** What would be brought. */
async function previewPull(
  { mount, profile }: SyncJob,
  { client, options }: Omit<Judged, 'wish'>,
): Promise<RsyncResult> {
  const look = { ...options, dryRun: true, itemize: true };
  const preview = await client.pull(`${normalizePath(mount.remote)}/`, mount.local, look);
  if (!preview.success && preview.returncode !== partialCode) throw notBrought({ mount: mount.name, profile }, preview);
  return preview;
}

/** What is something else there than here, and would be lost. */
function findKept({ mount, profile }: SyncJob, preview: RsyncResult): Conflicts {
  const kept = findConflicts(mount.local, preview);
  if (kept.patterns.length > mostKept) throw allDiffers({ mount: mount.name, profile }, kept.patterns.length);
  return kept;
}

interface Bringing extends Omit<Judged, 'wish'> {
  /** Names of files that are to come, as far as the preview goes. */
  readonly wanted: readonly string[];
}

/** Whether it comes to its end or not: what has come is of the cluster, and is not sent back. */
async function bring(job: SyncJob, { client, options, wanted }: Bringing): Promise<RsyncResult> {
  const { mount, profile, stateDir } = job;
  const before = asPulled(mount.local, wanted);
  const earlier = recallPulled(stateDir, keyOf(job));
  // Where we are killed amid it, whatever has come then replaces nothing there without a copy.
  rememberPulled(stateDir, keyOf(job), { ...earlier, ...asComing(wanted) });
  let brought: readonly string[] | undefined;
  try {
    const result = await client.pull(`${normalizePath(mount.remote)}/`, mount.local, options);
    if (!result.success) throw notBrought({ mount: mount.name, profile }, result);
    brought = parseItems(result.stdout).transfers;
    return result;
  } finally {
    const now = Object.entries(asPulled(mount.local, brought ?? wanted));
    const come = brought === undefined ? now.filter(([name, state]) => before[name] !== state) : now;
    rememberPulled(stateDir, keyOf(job), { ...earlier, ...Object.fromEntries(come) });
  }
}

/** Not everything could be done, such as making way for a file. */
const partialCode = 23;
/** All of them are words of one command. */
const mostKept = 1_000;

/** Of what a mirror would remove here. */
export const hereAlone = { known: false, reason: 'they are here alone' } as const;

interface Judged {
  readonly client: RsyncClient;
  readonly options: TransferOptions;
  readonly wish: PullWish;
}

/** Whatever is here alone may be somebody's work of today: nothing tells what once came from there. */
async function judge({ mount, profile, now }: SyncJob, { client, options, wish }: Judged): Promise<MirrorOptions> {
  const remote = `${normalizePath(mount.remote)}/`;
  const preview = await client.pull(remote, mount.local, { ...options, delete: true, dryRun: true, itemize: true });
  if (!preview.success) throw notBrought({ mount: mount.name, profile }, preview);
  const { deletions, deletionCount: count } = parseItems(preview.stdout);
  const what = `${mount.local} (by ${whatOf(wish)})`;
  judgeMirror({ what, deletions, count, stale: hereAlone, maxDelete: wish.maxDelete, display: displayName });
  if (count === 0) return {};
  return { delete: true, maxDelete: count, backupDir: placeToKeep(normalizePath(mount.local), 'backup', now()) };
}
