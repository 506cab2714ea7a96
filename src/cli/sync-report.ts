import type { ChosenMount } from '../app/choose-mount.ts';
import { formatByteSize } from '../core/byte-size.ts';
import { countOf } from '../core/count-of.ts';
import { displayName } from '../core/sync/rsync-names.ts';

export interface SyncFacts extends ChosenMount {
  readonly isDry: boolean;
  readonly isPull: boolean;
  readonly isMirror: boolean;
  readonly isUnchanged: boolean;
  /** That were compared; absent where nobody counted. */
  readonly files?: number | undefined;
  readonly transferred: number;
  readonly bytes: number;
  readonly deleted: number;
  readonly backupDir: string | undefined;
  /** Of a dry run. */
  readonly transfers?: readonly string[] | undefined;
  readonly deletions?: readonly string[] | undefined;
  readonly warnings: readonly string[];
}

export function syncData(facts: SyncFacts): unknown {
  const { profile, mount, isDry, isPull, isMirror, isUnchanged, transferred, bytes, deleted, backupDir } = facts;
  return {
    profile: profile.name,
    mount: mount.name,
    ...{ local: mount.local, remote: mount.remote, direction: isPull ? 'pull' : 'push' },
    ...{ dry_run: isDry, delete: isMirror, unchanged: isUnchanged },
    ...{ files_transferred: transferred, bytes, entries_deleted: deleted, backup_dir: backupDir ?? null },
    ...(isDry ? { transfers: facts.transfers, deleted_paths: facts.deletions } : {}),
    warnings: facts.warnings,
  };
}

export function syncText(facts: SyncFacts): string {
  const { isDry, isPull, isUnchanged, files, transferred, bytes, deleted, backupDir } = facts;
  const ofFiles = files === undefined ? '' : `: ${countOf(files, 'file')}`;
  if (isUnchanged) return `Nothing has changed${ofFiles}`;
  // Links, modes and times may have been set all the same.
  if (transferred === 0 && deleted === 0 && !isDry)
    return `No content had to be ${isPull ? 'brought' : 'sent'}${ofFiles}`;
  const verb = isPull ? 'brought' : 'sent';
  const what = `${countOf(transferred, 'file')} ${isDry ? `would be ${verb}` : verb}, ${formatByteSize(bytes)}`;
  const removed =
    deleted === 0
      ? ''
      : `; ${deleted} ${deleted === 1 ? 'entry' : 'entries'} ${isDry ? 'would be removed' : 'removed'}`;
  const kept =
    backupDir === undefined
      ? []
      : [`What was removed or replaced is kept in ${displayPath(backupDir)}; --restore brings back what was removed`];
  return [...namesOf(facts), `${what}${removed}`, ...kept].join('\n');
}

function namesOf({ transfers = [], deletions = [], isPull }: SyncFacts): readonly string[] {
  const sign = isPull ? '<' : '>';
  return [
    ...transfers.map((name) => `${sign} ${displayName(name)}`),
    ...deletions.map((name) => `- ${displayName(name)}`),
  ];
}

function displayPath(path: string): string {
  return path.replace(/\p{C}/gu, '?');
}
