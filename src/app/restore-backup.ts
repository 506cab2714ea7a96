import { NotFoundError, StorageError, UsageError } from '../core/errors.ts';
import { quoteWord } from '../core/quote.ts';
import { normalizePath } from '../core/remote/remote-path.ts';
import { besideOf } from '../core/sync/beside.ts';
import { withMountLock } from '../sync/mount-lock.ts';
import type { AppContext } from './app-context.ts';
import { prepareSync, type SyncWish } from './sync-job.ts';

export interface RestoreWish extends Pick<SyncWish, 'profile' | 'mount' | 'onWait'> {
  /** What a mirror of `--pull` has removed here. */
  readonly isPull: boolean;
  /** Name of a backup; `undefined`: the newest. */
  readonly backup: string | undefined;
}

export interface Restored {
  readonly files: number;
  /** Its directory, which stays. */
  readonly backupDir: string;
}

/** Brings back what a mirror has removed. Whatever is there by now stays as it is. */
export async function restoreBackup(context: AppContext, wish: RestoreWish): Promise<Restored> {
  const { isPull, backup, ...chosen } = wish;
  if (backup !== undefined && !/^\d{4}-[\dTZ-]+$/.test(backup)) {
    throw new UsageError(`\`${backup}\` is no name of a backup`, {
      code: 'usage.backup',
      hint: 'It is a time, such as 2026-04-23T10-00-00-123Z: the last part of the directory that was named.',
    });
  }
  const silent = { purpose: 'srunx ssh sync --restore', force: true, onFirst: async () => {} };
  const { mount, shell, lock, signal, profile } = await prepareSync(context, { ...chosen, ...silent });
  const root = normalizePath(isPull ? mount.local : mount.remote);
  const place = isPull ? context.shell('local') : shell;
  const argv = ['sh', '-c', restoreScript(root, backup)] as const;
  return withMountLock({ ...lock, shell, remote: mount.remote, signal }, async (held) => {
    const result = await place.run({ argv, timeoutMs: 3_600_000, signal: held.signal });
    const [dir = '', count = ''] = new TextDecoder().decode(result.stdout).trim().split('\n');
    if (result.exitCode === nothingKept) throw noBackup(`${profile}:${root}`, backup);
    if (result.exitCode === 0 && count !== '') return { files: Number(count), backupDir: dir };
    throw new StorageError(`what is kept in ${dir === '' ? besideOf(root) : dir} could not be brought back`, {
      code: 'sync.restore',
      detail: new TextDecoder().decode(result.stderr).trim(),
      hint: 'It is still there: copy it by hand, or try again.',
    });
  });
}

const nothingKept = 7;

// Names of backups are times, so the last one is the newest.
function restoreScript(root: string, backup: string | undefined): string {
  return `LC_ALL=C; export LC_ALL
root=${quoteWord(root)} from=${quoteWord(`${besideOf(root)}/backup`)} name=${quoteWord(backup ?? '')}
[ -n "$name" ] || name=$(ls -- "$from" 2>/dev/null | tail -n 1)
[ -n "$name" ] && [ -d "$from/$name" ] || exit ${nothingKept}
echo "$from/$name"
said=$(rsync -a --ignore-existing -i -- "$from/$name/" "$root/") || exit 1
printf '%s\\n' "$said" | grep -c '^[<>]f' || :
`;
}

function noBackup(where: string, backup: string | undefined): NotFoundError {
  const what = backup === undefined ? 'nothing is kept' : `there is no backup ${backup}`;
  return new NotFoundError(`${what} of ${where}`, {
    code: 'sync.no_backup',
    hint: 'A backup is made where `--delete` removes something; its directory is said then.',
  });
}
