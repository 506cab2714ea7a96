import { statSync } from 'node:fs';
import { normalizePath } from '../core/remote/remote-path.ts';
import { placeToKeep } from '../core/sync/beside.ts';
import { encodeText } from '../core/sync/byte-text.ts';
import { renderCheck, renderKeep, renderKept } from '../core/sync/mount-scripts.ts';
import { escapeName, unescapeName } from '../core/sync/rsync-names.ts';
import { recallStates, wasSent } from './file-states.ts';
import { editedSince, type PulledFiles, recallPulled, rememberPulled } from './pulled-files.ts';
import { textOf } from './run-rsync.ts';
import { linkedThere, notOpened } from './sync-errors.ts';
import { keyOf, type Locked, lookMs, placeOf, type SyncJob } from './sync-job.ts';

export interface KeptFiles {
  /** Something has a second name now. */
  readonly isKept: boolean;
  /** Behind the transfer, whether or not it came to its end: only what was replaced is kept. Returns warnings. */
  readonly settle: (isSent: boolean) => Promise<readonly string[]>;
}

const nothing: KeptFiles = { isKept: false, settle: async () => [] };

export interface KeepPlan {
  readonly pulled: PulledFiles;
  /** Brought from there, and changed here since. */
  readonly edited: readonly string[];
  /** The directory there has the mode of that here, which rsync would give it. */
  readonly isModeSame: boolean;
  /** Something there was changed, or is to be replaced by what was edited. */
  readonly isKept: boolean;
  /** Where nothing is kept: what is to be looked at there all the same. */
  readonly check: string | undefined;
}

export function planKeep(job: SyncJob, { memory, found, here }: Locked): KeepPlan {
  const mode = (statSync(job.mount.local).mode & 0o7777).toString(8);
  const pulled = recallPulled(job.stateDir, keyOf(job));
  const edited = editedSince(job.mount.local, pulled);
  const isKept = found.isThere && (found.isChanged || edited.length > 0);
  const isModeSame = found.mode === mode;
  const isKnown = memory?.namesHash === here.inventory.namesHash && isModeSame;
  const isChecked = found.isThere && !isKept && !isKnown;
  return {
    ...{ pulled, edited, isModeSame, isKept },
    check: isChecked ? renderCheck(placeOf(job), textsOf(here.inventory.directories)) : undefined,
  };
}

function textsOf(names: Iterable<string>): readonly string[] {
  return Array.from(names, (name) => textOf(unescapeName(name)));
}

/** What jobs have made of what was sent is not lost when it is replaced. And the directory there keeps its mode. */
export async function keepChanged(job: SyncJob, { here, held }: Locked, plan: KeepPlan): Promise<KeptFiles> {
  const { mount, shell, profile, now } = job;
  const { pulled, edited, isKept, check } = plan;
  if (!isKept && check === undefined) return nothing;
  const backupDir = placeToKeep(normalizePath(mount.remote), 'kept', now());
  const [files, directories] = [textsOf(edited), textsOf(here.inventory.directories)];
  const stdin = check ?? renderKeep(placeOf(job), { backupDir, files, directories });
  const { stdout, stderr } = await shell.run({ argv: ['sh'], stdin, timeoutMs: lookMs, signal: held.signal });
  if (!textOf(stdout).includes('over')) throw notOpened({ mount: mount.name, profile }, textOf(stderr).trim());
  const linked = strangeLinks(job, textOf(stdout));
  if (linked.length > 0) throw linkedThere({ mount: mount.name, profile }, linked);
  if (!isKept) return nothing;
  return {
    isKept: true,
    async settle(isSent) {
      const said = await shell.run({ argv: ['sh', '-c', renderKept(backupDir)], timeoutMs: lookMs });
      const [count = '', ...shown] = textOf(said.stdout).trim().split('\n');
      if (isSent) forget(job, pulled, edited);
      return Number(count) > 0 ? [wordsOf(backupDir, { count: Number(count), names: shown })] : [];
    },
  };
}

/** Of those that are told, the ones that did not come from here: what an interrupted sync has sent is on no list there. */
function strangeLinks(job: SyncJob, told: string): readonly string[] {
  const states = recallStates(job.stateDir, keyOf(job));
  return [...told.matchAll(/linked (\d+) (-?\d+) ([^\0]+)\0/g)].flatMap(([, size = '', seconds = '', text = '']) => {
    const name = escapeName(encodeText(text));
    return wasSent(states, { name, size: BigInt(size), seconds: BigInt(seconds) }) ? [] : [text];
  });
}

/** They are of here again. */
function forget(job: SyncJob, pulled: PulledFiles, edited: readonly string[]): void {
  const gone = new Set(edited);
  const left = Object.entries(pulled).filter(([name]) => !gone.has(name));
  rememberPulled(job.stateDir, keyOf(job), Object.fromEntries(left));
}

function wordsOf(
  backupDir: string,
  { count, names }: { readonly count: number; readonly names: readonly string[] },
): string {
  const shown = names.map((name) => name.replace(/^\.\//, '')).join(', ');
  const more = count > names.length ? ', ...' : '';
  const words = count === 1 ? '1 file was' : `${count} files were`;
  return `${words} replaced that had been changed there since the last sync, and kept in ${backupDir}: ${shown}${more}`;
}
