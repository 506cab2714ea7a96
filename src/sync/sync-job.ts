import type { Mount } from '../core/remote/profile.ts';
import type { Manifest } from '../core/sync/manifest.ts';
import type { MountPlace, OpenAnswer } from '../core/sync/mount-scripts.ts';
import type { Syncer } from '../core/sync/owner-marker.ts';
import type { RsyncProgress } from '../core/sync/rsync-progress.ts';
import type { Shell } from '../shell/shell.ts';
import { fingerprintOf } from './fingerprint.ts';
import { hashText } from './hash-text.ts';
import type { HeldLock, MountLockRequest } from './mount-lock.ts';
import type { Inventory } from './read-inventory.ts';
import type { RsyncClient, TransferOptions } from './rsync-client.ts';
import type { SyncMemory } from './sync-memory.ts';

export interface SyncJob {
  readonly profile: string;
  readonly mount: Mount;
  readonly shell: Shell;
  readonly client: RsyncClient;
  /** How the directory there is locked. */
  readonly lock: Pick<MountLockRequest, 'account' | 'directory' | 'purpose' | 'timeoutMs' | 'onWait'>;
  readonly stateDir: string;
  readonly me: () => Syncer;
  /** Of srunx. */
  readonly version: string;
  readonly ownerCheck: boolean;
  /** Takes it over from whoever has synced it last. */
  readonly force: boolean;
  /** Patterns for this sync alone. */
  readonly excludePatterns: readonly string[];
  /** What git has to say of changes that it does not have; throws where there must not be any. */
  readonly dirty?: (() => Promise<string | undefined>) | undefined;
  /** There must not be any: it is asked before anything else. */
  readonly requireClean?: boolean | undefined;
  /** What git leaves out, as patterns, where the mount goes by that. */
  readonly ignored?: (() => Promise<readonly string[]>) | undefined;
  /** Local path of a file that must have arrived with its content. */
  readonly verify?: string | undefined;
  /** Before anything is sent to a place where nothing of it is yet; throws where it should not be. */
  readonly onFirst: (facts: FirstCopy) => Promise<void>;
  /** Where what is not here any more is to be removed there: looks at what that would be, and says how; throws to refuse. */
  readonly mirror?: ((preview: MirrorPreview) => Promise<MirrorOptions>) | undefined;
  /** A copy of what was sent is made there, for a run. */
  readonly snapshot?: SnapshotWish | undefined;
  readonly onProgress?: ((progress: RsyncProgress) => void) | undefined;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** None: nothing is to be removed. */
export type MirrorOptions = Pick<TransferOptions, 'delete' | 'maxDelete' | 'backupDir'>;

export interface SnapshotWish {
  /** Directory there for copies of the mount. */
  readonly beside: string;
  readonly runId: string;
}

export interface FirstCopy {
  readonly files: number;
  readonly bytes: number;
}

export interface MirrorPreview {
  /** What rsync says it would do, a line for each change. */
  readonly output: string;
  readonly manifest: Manifest;
  readonly inventory: Iterable<string>;
  readonly fingerprint: string;
}

/** Comparing a state may take its time on a slow disk with many files. */
export const lookMs = 900_000;

/** Names what is remembered of the mount, here and there. */
export function keyOf({ mount, lock }: SyncJob): string {
  const names = [lock.account, mount.remote, mount.local].join('\0');
  return hashText(names)
    .map((number) => number.toString(16).padStart(8, '0'))
    .join('');
}

export function placeOf(job: SyncJob): MountPlace {
  return { remote: job.mount.remote, key: keyOf(job) };
}

/** Of the patterns that hold for every sync of the mount. */
export function lastingPrint({ client, mount }: SyncJob): string {
  return fingerprintOf(client.effectiveExcludes(mount.exclude_patterns));
}

export interface Here {
  readonly inventory: Inventory;
  /** All that this sync goes by besides the built-in ones. */
  readonly patterns: readonly string[];
  /** As rsync names them. */
  readonly emptyDirectories: readonly string[];
  /** Of all that is here it can be told whether it has changed. */
  readonly isWhole: boolean;
  readonly warnings: readonly string[];
}

export interface Known {
  readonly memory: SyncMemory | undefined;
  readonly found: OpenAnswer;
  readonly here: Here;
}

export interface Locked extends Known {
  readonly held: HeldLock;
  /** Something follows under the lock. */
  readonly keepsLock: boolean;
}
