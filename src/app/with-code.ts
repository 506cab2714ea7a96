import { SubmissionError } from '../core/errors.ts';
import { normalizePath } from '../core/remote/remote-path.ts';
import { besideOf } from '../core/sync/beside.ts';
import type { SentCode } from '../core/sync/sent-code.ts';
import { withMountLock } from '../sync/mount-lock.ts';
import type { FirstCopy } from '../sync/sync-job.ts';
import { type SyncOutcome, syncMount, withSyncedMount } from '../sync/sync-mount.ts';
import type { AppContext } from './app-context.ts';
import type { ChosenMount } from './choose-mount.ts';
import { loadConfig } from './load-config.ts';
import { dropCopy } from './prune-copies.ts';
import { prepareSync, type SyncWish } from './sync-job.ts';
import { readSyncSettings } from './sync-settings.ts';

/** A mount whose code a submission runs. */
export interface PlacedMount extends ChosenMount {
  /** The directory there that stands for the mount: itself, or the copy that was made for this submission. */
  readonly root: string;
  readonly snapshot: boolean;
  /** Of the run that it is for. */
  readonly runId: string;
  /** Local path of the file that is submitted in place. */
  readonly source?: string | undefined;
}

export interface PlacedCode {
  /** In the order of the profile: whoever locks several does so in the same order. */
  readonly mounts: readonly PlacedMount[];
  readonly syncs: boolean;
}

export interface CodeWish extends Pick<SyncWish, 'force' | 'onWait'> {
  /** For those who find a mount locked: `srunx sbatch`. */
  readonly purpose: string;
  readonly onFirst: (first: FirstCopy, mount: ChosenMount) => Promise<void>;
  readonly onProgress?: SyncWish['onProgress'];
  readonly onSynced: (outcome: SyncOutcome, mount: ChosenMount) => void;
  readonly onWarning: (words: string) => void;
}

/** What is submitted from where. */
export interface CodeToSend {
  readonly placed: PlacedCode | undefined;
  readonly wish: CodeWish;
}

/**
 * Submits under the locks of the mounts that the code is in, once the code there is that of here: what is submitted cannot be exchanged
 * on the way. What was said of each mount is handed over in their order.
 */
export async function withCode<Result>(
  context: AppContext,
  { placed, wish }: CodeToSend,
  submit: (code: readonly SentCode[]) => Promise<Result>,
): Promise<Result> {
  if (placed === undefined) return submit([]);
  const next = async (mounts: readonly PlacedMount[], code: readonly SentCode[]): Promise<Result> => {
    const [mount, ...others] = mounts;
    if (mount === undefined) return submit(code);
    const request = { mount, syncs: placed.syncs, wish };
    const goOn = (sent: SentCode) => next(others, [...code, sent]);
    // Its lock is that of another one, which is taken further in.
    if (others.some((other) => placeOf(other) === placeOf(mount))) return goOn(await sendMount(context, request));
    return withMount(context, request, goOn);
  };
  return next(placed.mounts, []);
}

function placeOf({ mount }: PlacedMount): string {
  return normalizePath(mount.remote);
}

interface MountToSend {
  readonly mount: PlacedMount;
  readonly syncs: boolean;
  readonly wish: CodeWish;
}

/** Does something while nobody else sends anything to the mount. */
async function withMount<Result>(
  context: AppContext,
  { mount: placed, syncs, wish }: MountToSend,
  work: (sent: SentCode) => Promise<Result>,
): Promise<Result> {
  const job = await jobOf(context, { placed, wish });
  if (syncs) {
    return withSyncedMount(job, (outcome) => {
      wish.onSynced(outcome, placed);
      const { snapshot } = job;
      const sent = sentCodeOf(placed, outcome);
      if (snapshot === undefined || sent.snapshot === undefined) return work(sent);
      return work(sent).catch(async (error: unknown) => {
        // No job has seen it. Of anything else than a refusal nobody knows whether one will.
        if (error instanceof SubmissionError) await dropCopy(job, snapshot);
        throw error;
      });
    });
  }
  wish.onWarning(notSynced(placed));
  const { lock, shell, signal } = job;
  return withMountLock({ ...lock, shell, remote: placed.mount.remote, signal }, () => work(sentCodeOf(placed)));
}

async function sendMount(context: AppContext, { mount: placed, syncs, wish }: MountToSend): Promise<SentCode> {
  if (!syncs) {
    wish.onWarning(notSynced(placed));
    return sentCodeOf(placed);
  }
  const job = await jobOf(context, { placed, wish });
  // A copy is made under the lock.
  const outcome = placed.snapshot ? await withSyncedMount(job, async (sent) => sent) : await syncMount(job);
  wish.onSynced(outcome, placed);
  return sentCodeOf(placed, outcome);
}

async function jobOf(
  context: AppContext,
  { placed, wish }: { readonly placed: PlacedMount; readonly wish: CodeWish },
): ReturnType<typeof prepareSync> {
  const { verifyRemoteHash } = readSyncSettings(loadConfig(context));
  const verify = verifyRemoteHash ? placed.source : undefined;
  const onFirst = (first: FirstCopy) => wish.onFirst(first, placed);
  const { force, purpose, onWait, onProgress } = wish;
  const { profile, mount, runId } = placed;
  const snapshot = placed.snapshot ? { beside: besideOf(normalizePath(mount.remote)), runId } : undefined;
  return prepareSync(context, { profile, mount, verify, snapshot, force, purpose, onWait, onFirst, onProgress });
}

function notSynced({ mount: { name, remote } }: ChosenMount): string {
  return `${name} is not synced: what runs is what is in ${remote} now`;
}

function sentCodeOf(
  { mount: { name: mount, local, remote }, root }: PlacedMount,
  { snapshot }: Pick<SyncOutcome, 'snapshot'> = {},
): SentCode {
  return { mount, local, remote: normalizePath(remote), root, ...(snapshot === undefined ? {} : { snapshot }) };
}
