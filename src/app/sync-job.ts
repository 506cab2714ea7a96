import { hostname } from 'node:os';
import { join } from 'node:path';
import { accountOf } from '../core/remote/profile.ts';
import { judgeWorktree } from '../core/sync/worktree.ts';
import { accountName } from '../shell/account-name.ts';
import { readDirty } from '../sync/read-dirty.ts';
import { readIgnored } from '../sync/read-ignored.ts';
import type { SyncJob } from '../sync/sync-job.ts';
import { machineId } from '../sync/this-machine.ts';
import type { AppContext } from './app-context.ts';
import type { ChosenMount } from './choose-mount.ts';
import { loadConfig } from './load-config.ts';
import { readSyncSettings, type SyncSettings } from './sync-settings.ts';

export interface SyncWish extends ChosenMount {
  /** For those who find it locked: `srunx ssh sync`. */
  readonly purpose: string;
  readonly force: boolean;
  readonly excludePatterns?: readonly string[] | undefined;
  readonly verify?: string | undefined;
  readonly onFirst: SyncJob['onFirst'];
  readonly onWait: (holder: string) => void;
  readonly mirror?: SyncJob['mirror'];
  readonly snapshot?: SyncJob['snapshot'];
  readonly onProgress?: SyncJob['onProgress'];
}

/** A sync as this machine, this account and this configuration have it. Throws where changes are to be committed first. */
export async function prepareSync(context: AppContext, wish: SyncWish): Promise<SyncJob> {
  const { profile, mount, purpose, onWait, excludePatterns = [], ...rest } = wish;
  const settings = readSyncSettings(loadConfig(context));
  const { lockTimeoutMs: timeoutMs } = settings;
  return {
    ...rest,
    profile: profile.name,
    mount,
    shell: context.shell(profile.name),
    client: await context.rsync(profile.name),
    ...(mount.gitignore ? { ignored: () => readIgnored(mount.local, context.signal) } : {}),
    lock: lockOf(context, profile, { purpose, onWait, timeoutMs }),
    stateDir: context.stateDir,
    me: syncerOf(mount.local),
    version: context.versions.srunx,
    ownerCheck: settings.ownerCheck,
    excludePatterns,
    ...dirtyOf(context, { mount, settings }),
    now: context.now,
    signal: context.signal,
  };
}

/** Found out when it is asked for first. */
function syncerOf(local: string): SyncJob['me'] {
  let me: ReturnType<SyncJob['me']> | undefined;
  return () => {
    me ??= { hostname: hostname(), machineId: machineId(), user: accountName(), local };
    return me;
  };
}

/** How mounts of a profile are locked. */
export function lockOf(
  context: AppContext,
  profile: ChosenMount['profile'],
  { timeoutMs, ...who }: Pick<SyncJob['lock'], 'purpose' | 'onWait'> & { readonly timeoutMs?: number },
): SyncJob['lock'] {
  return {
    account: JSON.stringify(accountOf(profile)),
    directory: join(context.stateDir, 'locks'),
    timeoutMs: timeoutMs ?? readSyncSettings(loadConfig(context)).lockTimeoutMs,
    ...who,
  };
}

/** No git is started where nobody wants to know. */
function dirtyOf(
  context: AppContext,
  { mount, settings }: { readonly mount: ChosenMount['mount']; readonly settings: SyncSettings },
): Pick<SyncJob, 'dirty' | 'requireClean'> {
  const { requireClean, warnDirty } = settings;
  if (!requireClean && !warnDirty) return {};
  const dirty = async () => {
    const question = { shell: context.shell('local'), directory: mount.local, signal: context.signal };
    return judgeWorktree(await readDirty(question), { mount: mount.name, requireClean, warnDirty });
  };
  return { dirty, requireClean };
}
