import { StorageError } from '../core/errors.ts';
import { normalizePath } from '../core/remote/remote-path.ts';
import { besideOf } from '../core/sync/beside.ts';
import {
  type PrunedCopies,
  parseListCopies,
  parsePruneCopies,
  renderListCopies,
  renderPruneCopies,
} from '../core/sync/prune-copies.ts';
import type { Shell } from '../shell/shell.ts';
import { withMountLock } from '../sync/mount-lock.ts';
import type { AppContext } from './app-context.ts';
import { type ChosenMount, mountsOf } from './choose-mount.ts';
import { lockOf } from './sync-job.ts';

/** Where copies of one mount lie. */
interface CopyPlace {
  readonly profile: ChosenMount['profile'];
  readonly remote: string;
  readonly beside: string;
  /** Runs that have one. */
  readonly runIds: ReadonlySet<string>;
}

/** What becomes of the copies of one mount. */
export interface PrunedPlace extends PrunedCopies {
  /** In which what jobs wrote stays. */
  readonly directory: string;
}

/** The copies of code that the mounts of a profile have there. */
export async function findCopies(context: AppContext, profile: string): Promise<readonly CopyPlace[]> {
  const places = new Map(
    mountsOf(context, profile).map(({ profile, mount }) => {
      const remote = normalizePath(mount.remote);
      return [remote, { profile, remote, beside: besideOf(remote) }] as const;
    }),
  );
  if (places.size === 0) return [];
  const known = [...places.values()];
  const script = renderListCopies(known.map(({ beside }) => beside));
  const { stdout } = await context
    .shell(profile)
    .run({ argv: ['sh', '-c', script], together: true, signal: context.signal });
  const found = parseListCopies(new TextDecoder().decode(stdout), known.length);
  return known.map((place, at) => ({ ...place, runIds: found[at] ?? new Set() }));
}

interface PruneChoice {
  readonly runIds: readonly string[];
  readonly olderThanMs: number | undefined;
  /** Else it is only counted. */
  readonly removes: boolean;
}

/** So many in one script. */
const chunkSize = 1_000;
const pruneMs = 3_600_000;
/** Of trees that stay in any case. */
const foreverMinutes = 1e9;

/** While it removes, nobody can submit from the mount: a tree that is about to be used must not go. */
export async function pruneCopies(
  context: AppContext,
  places: readonly CopyPlace[],
  choice: PruneChoice,
): Promise<readonly PrunedPlace[]> {
  const pruned: PrunedPlace[] = [];
  for (const place of places) {
    const ids = choice.runIds.filter((id) => place.runIds.has(id));
    const run = (runIds: readonly string[], isLast: boolean) =>
      pruneSome(context, place, { ...choice, runIds, isLast });
    const found: PrunedCopies[] = [];
    for (let start = 0; start === 0 || start < ids.length; start += chunkSize) {
      found.push(await run(ids.slice(start, start + chunkSize), start + chunkSize >= ids.length));
    }
    const copies = found.flatMap((part) => part.copies);
    pruned.push({ copies, trees: found.flatMap(({ trees }) => trees), directory: `${place.beside}/runs` });
  }
  return pruned;
}

/** Of a run that was refused. Is called under the lock; what it leaves, `srunx prune` finds. */
export async function dropCopy(
  { shell }: { readonly shell: Pick<Shell, 'run'> },
  { beside, runId }: { readonly beside: string; readonly runId: string },
): Promise<void> {
  const script = renderPruneCopies({ beside, runIds: [runId], idleMinutes: foreverMinutes, removes: true });
  await shell.run({ argv: ['sh', '-c', script], timeoutMs: 60_000 }).catch(() => undefined);
}

async function pruneSome(
  context: AppContext,
  { profile, remote, beside }: CopyPlace,
  { runIds, olderThanMs = 0, removes, isLast }: PruneChoice & { readonly isLast: boolean },
): Promise<PrunedCopies> {
  const idleMinutes = isLast ? Math.ceil(olderThanMs / 60_000) : foreverMinutes;
  const script = renderPruneCopies({ beside, runIds, idleMinutes, removes });
  const shell = context.shell(profile.name);
  const { signal } = context;
  const first = { script, timeoutMs: pruneMs };
  const lock = lockOf(context, profile, { purpose: 'srunx prune' });
  const { stdout, stderr } = removes
    ? await withMountLock({ ...lock, shell, remote, signal, first }, async (held) => held.first)
    : await shell.run({ argv: ['sh', '-c', script], timeoutMs: pruneMs, signal });
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const answer = parsePruneCopies(decode(stdout));
  if (answer !== undefined) return answer;
  throw new StorageError(`the copies in ${beside} on ${profile.name} could not be looked through`, {
    code: 'prune.copies',
    detail: decode(stderr).trim(),
    hint: 'Look at the directory there; what was not removed is tried again by the next one.',
  });
}
