import { statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { normalizePath } from '../core/remote/remote-path.ts';
import { besideOf } from '../core/sync/beside.ts';
import { renderKeep, renderKept } from '../core/sync/mount-scripts.ts';
import { unescapeName } from '../core/sync/rsync-names.ts';
import { certainStates, compareStates, recallStates, rememberStates } from './file-states.ts';
import { nameList } from './name-list.ts';
import { asPulled, recallPulled, stillPulled } from './pulled-files.ts';
import { textOf } from './run-rsync.ts';
import { changedMeanwhile, notOpened, notTransferred } from './sync-errors.ts';
import { keyOf, type Locked, lookMs, type MirrorOptions, placeOf, type SyncJob } from './sync-job.ts';
import type { RsyncResult } from './transfer.ts';

/** More was to be removed than rsync was allowed to. */
const tooManyCode = 25;

/** All that has changed, by the eyes of rsync and by what is remembered of each file. Throws where not all of it has arrived. */
export async function sendChanges(job: SyncJob, known: Locked, how: MirrorOptions): Promise<RsyncResult> {
  const { inventory } = known.here;
  const states = compareStates(recallStates(job.stateDir, keyOf(job)), inventory, how.delete === true);
  // Before anything of it is there: whoever is interrupted does not know how far it came.
  rememberStates(job.stateDir, keyOf(job), states.table);
  const backupDir = await keepChanged(job, known);
  const result = await push(job, known, how);
  const kept = backupDir === undefined ? [] : await wordsOfKept(job, backupDir);
  if (states.doubtful.length === 0) return { ...result, warnings: [...result.warnings, ...kept] };
  const doubtful = await pushDoubtful(job, { known, how, names: states.doubtful });
  rememberStates(job.stateDir, keyOf(job), certainStates(inventory, states));
  return together({ ...result, warnings: [...result.warnings, ...kept] }, doubtful);
}

/** What jobs have made of what was sent is not lost when it is replaced. */
async function keepChanged(job: SyncJob, { found, held }: Locked): Promise<string | undefined> {
  const mode = (statSync(job.mount.local).mode & 0o7777).toString(8);
  const edited = editedSincePull(job);
  const isKept = found.isChanged || edited.length > 0;
  if (!found.isThere || (!isKept && found.mode === mode)) return undefined;
  const stamp = new Date(job.now()).toISOString().replace(/[:.]/g, '-');
  const backupDir = `${besideOf(normalizePath(job.mount.remote))}/backup/${stamp}`;
  const stdin = renderKeep(placeOf(job), backupDir, edited.map(displayText));
  const { stdout } = await job.shell.run({ argv: ['sh'], stdin, timeoutMs: lookMs, signal: held.signal });
  if (!textOf(stdout).includes('over'))
    throw notOpened({ mount: job.mount.name, profile: job.profile }, 'what jobs have changed could not be kept');
  return isKept ? backupDir : undefined;
}

/** Brought from there, and changed here since: these are of here again, and replace what is there. */
function editedSincePull({ stateDir, mount, ...job }: SyncJob): readonly string[] {
  const pulled = recallPulled(stateDir, keyOf({ stateDir, mount, ...job }));
  const untouched = new Set(stillPulled(mount.local, pulled));
  return Object.keys(pulled).filter(
    (name) => !untouched.has(name) && Object.keys(asPulled(mount.local, [name])).length > 0,
  );
}

/** A name that is no text is left out: nothing else can be said of it in a script. */
function displayText(name: string): string {
  return textOf(unescapeName(name));
}

async function wordsOfKept({ shell }: SyncJob, backupDir: string): Promise<readonly string[]> {
  const { stdout } = await shell.run({ argv: ['sh', '-c', renderKept(backupDir)], timeoutMs: lookMs });
  const [count = '', ...names] = textOf(stdout).trim().split('\n');
  if (count === '' || Number(count) === 0) return [];
  const shown = names.map((name) => name.replace(/^\.\//, '')).join(', ');
  const words = Number(count) === 1 ? '1 file was' : `${count} files were`;
  return [`${words} replaced that had been changed there since the last sync, and kept in ${backupDir}: ${shown}`];
}

async function push(
  { client, mount, profile, onProgress }: SyncJob,
  { here: { patterns: excludePatterns }, held: { signal } }: Locked,
  how: Parameters<SyncJob['client']['push']>[2],
): Promise<RsyncResult> {
  const result = await client.push(mount.local, mount.remote, { ...how, excludePatterns, signal, onProgress });
  const names = { mount: mount.name, profile };
  if (result.returncode === tooManyCode) throw changedMeanwhile(names);
  if (!result.success) throw notTransferred(names, result);
  return result;
}

interface Doubtful {
  readonly known: Locked;
  readonly how: MirrorOptions;
  readonly names: readonly string[];
}

/** These are compared byte by byte. */
async function pushDoubtful(job: SyncJob, { known, how: { backupDir }, names }: Doubtful): Promise<RsyncResult> {
  const directory = await mkdtemp(join(tmpdir(), 'srunx-names-'));
  try {
    const filesFrom = join(directory, 'names');
    await writeFile(filesFrom, nameList(names));
    return await push(job, known, { backupDir, filesFrom, checksum: true });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function together(one: RsyncResult, other: RsyncResult): RsyncResult {
  const [first, second] = [one.stats, other.stats];
  if (first === undefined || second === undefined) return { ...other, warnings: [...one.warnings, ...other.warnings] };
  const stats = { ...first, files: first.files + second.files, bytes: first.bytes + second.bytes };
  const returncode = one.returncode || other.returncode;
  return { ...other, returncode, stats, warnings: [...one.warnings, ...other.warnings] };
}
