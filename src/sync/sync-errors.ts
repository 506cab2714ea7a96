import { RefusedError, type SrunxError, StorageError } from '../core/errors.ts';
import { type FailedRsync, rsyncFailure } from '../core/sync/rsync-failure.ts';

/** A sync that was not begun, or not taken for good: what was to follow it has not happened. */
class SyncAbortedError extends RefusedError {}

/** For messages: the mount, and where it leads. */
export interface MountNames {
  readonly mount: string;
  readonly profile: string;
}

const place = ({ mount, profile }: MountNames) => `the mount ${mount} of ${profile}`;

export function ownedByOther(names: MountNames, { words, since }: { readonly words: string; readonly since: string }) {
  return new SyncAbortedError(`${place(names)} was last synced by ${words}, at ${since}`, {
    code: 'sync.owner',
    hint: 'Make sure that nobody works there, then take it over with --force-sync; or set sync.owner_check to false.',
  });
}

export function sourceIsGone(names: MountNames, local: string, isThere: boolean): SyncAbortedError {
  const what = isThere ? `${local} is empty` : `there is no directory ${local}`;
  return new SyncAbortedError(`nothing was sent to ${place(names)}: ${what}`, {
    code: 'sync.no_source',
    hint: 'See whether its disk is mounted; `srunx ssh mount list` shows where each mount begins.',
  });
}

/** Nothing was submitted, and the next sync goes on where this one stopped. */
export function notTransferred(names: MountNames, { returncode, stderr }: FailedRsync): SrunxError {
  return rsyncFailure({ returncode, stderr: lastOf(stderr) }, `not all of ${place(names)} was sent`);
}

/** Whatever names of files stand in it, are for a terminal. */
function lastOf(stderr: string): string {
  const text = stderr.trim().replace(/[^\P{C}\n]/gu, '?');
  return text.length > 4_000 ? `... ${text.slice(-4_000)}` : text;
}

export function otherContent(names: MountNames, file: { readonly path: string; readonly found: string | undefined }) {
  const what = file.found === undefined ? 'is not there' : `has another content there (SHA-256 ${file.found})`;
  return new SyncAbortedError(`after the sync of ${place(names)}, ${file.path} ${what}`, {
    code: 'sync.verify',
    hint: 'It may be left out by a pattern, or somebody changes it meanwhile; sync again.',
  });
}

export function notClosed(names: MountNames, detail: string): SrunxError {
  return new StorageError(`what was sent to ${place(names)} could not be recorded there`, {
    code: 'sync.not_recorded',
    ...(detail === '' ? {} : { detail }),
    hint: 'Nothing was submitted. Look at the directory there, its quota and permissions, and sync again.',
  });
}

export function notOpened(names: MountNames, detail: string): SrunxError {
  return new StorageError(`${place(names)} could not be looked at`, {
    code: 'sync.not_opened',
    ...(detail === '' ? {} : { detail }),
    hint: `Try \`srunx ssh doctor ${names.profile}\`, which looks at each step.`,
  });
}

export function changedMeanwhile(names: MountNames): SyncAbortedError {
  return new SyncAbortedError(`more would have been removed in ${place(names)} than was there a moment ago`, {
    code: 'sync.changed_meanwhile',
    hint: 'Something wrote there meanwhile; as much as was announced may have been removed, and is kept. Look, and sync again.',
  });
}

export function keepsChanging(names: MountNames): SyncAbortedError {
  return new SyncAbortedError(`no copy of ${place(names)} was made: its files keep changing`, {
    code: 'sync.keeps_changing',
    hint: 'Something writes into them here, or a job does there; wait for it, then submit again.',
  });
}

export function allDiffers(names: MountNames, count: number): SyncAbortedError {
  return new SyncAbortedError(`nothing was brought from ${place(names)}: ${count} files are something else there`, {
    code: 'sync.all_differs',
    hint: 'See `srunx ssh sync --pull --dry-run`; --overwrite takes everything as it is there.',
  });
}

export function notCopied(names: MountNames, detail: string): SrunxError {
  return new StorageError(`no copy of ${place(names)} could be made there, so nothing was submitted`, {
    code: 'sync.not_copied',
    ...(detail === '' ? {} : { detail: lastOf(detail) }),
    hint: 'Look at the space and the quota there; with --no-snapshot jobs run in the mount itself.',
  });
}

export function notBrought(names: MountNames, { returncode, stderr }: FailedRsync): SrunxError {
  return rsyncFailure({ returncode, stderr: lastOf(stderr) }, `not all of ${place(names)} was brought`);
}

export function sourceIsGoneThere(names: MountNames, remote: string, isThere: boolean): SyncAbortedError {
  const what = isThere ? `${remote} there is empty` : `there is no directory ${remote} there`;
  return new SyncAbortedError(`nothing was brought from ${place(names)}: ${what}`, {
    code: 'sync.no_source',
    hint: 'See whether its disk is mounted there; `srunx ssh sync` sends what is here.',
  });
}

export function isHome(names: MountNames, home: string): SyncAbortedError {
  return new SyncAbortedError(`nothing was sent to ${place(names)}: the home ${home} is there`, {
    code: 'sync.home',
    hint: 'Give the mount a directory of its own: `srunx ssh mount update` changes it.',
  });
}

export function linkedThere(names: MountNames, links: readonly string[]): SyncAbortedError {
  const shown = links.slice(0, 5).map((name) => name.replace(/\p{C}/gu, '?'));
  const [verb, more] = [links.length === 1 ? 'is a link' : 'are links', links.length > shown.length ? ', ...' : ''];
  return new SyncAbortedError(
    `nothing was sent to ${place(names)}: ${shown.join(', ')}${more} ${verb} there, and a directory here`,
    {
      code: 'sync.link_in_the_way',
      hint: 'Leave it out (`srunx ssh mount update --exclude`), or remove the link there.',
    },
  );
}
