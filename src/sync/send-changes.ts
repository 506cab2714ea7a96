import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certainStates, compareStates, type FileStates, recallStates, rememberStates } from './file-states.ts';
import { type KeepPlan, keepChanged, planKeep } from './keep-changed.ts';
import { nameList } from './name-list.ts';
import type { Inventory } from './read-inventory.ts';
import type { TransferOptions } from './rsync-client.ts';
import { sendAlone } from './send-alone.ts';
import type { Serve } from './serve-sync.ts';
import { changedMeanwhile, notTransferred } from './sync-errors.ts';
import { keyOf, type Locked, type MirrorOptions, type SyncJob } from './sync-job.ts';
import type { RsyncResult } from './transfer.ts';

/** More was to be removed than rsync was allowed to. */
const tooManyCode = 25;

export interface Sending extends MirrorOptions {
  /** What is recorded there at once, where nothing else is to be done before. */
  readonly serve?: Serve | undefined;
}

/** All that has changed, by the eyes of rsync and by what is remembered of each file. Throws where not all of it has arrived. */
export async function sendChanges(job: SyncJob, known: Locked, { serve, ...how }: Sending): Promise<RsyncResult> {
  const { inventory } = known.here;
  const states = compareStates(recallStates(job.stateDir, keyOf(job)), inventory);
  // Before anything of it is there: whoever is interrupted does not know how far it came.
  rememberStates(job.stateDir, keyOf(job), states.table);
  const plan = planKeep(job, known);
  const names = doubtfulNames(inventory, states, plan);
  const alone = serve && !plan.isKept ? await sendAlone(job, known, { serve, states, plan }) : undefined;
  const canServe = serve !== undefined && !plan.isKept && names.length === 0;
  const served = alone ?? (canServe ? await pushServed(job, known, { ...how, serve, check: plan.check }) : undefined);
  const result = served ?? (await pushAndKeep(job, { known, how, plan, names, serve: canServe ? serve : undefined }));
  // What this sync alone leaves out is still there.
  const isMirror = how.delete === true && job.excludePatterns.length === 0;
  rememberStates(job.stateDir, keyOf(job), certainStates(inventory, states, isMirror));
  return result;
}

/** Some 100 bytes for each file at both ends. */
const mostAtOnce = 20_000;

interface Served extends MirrorOptions {
  readonly serve: Serve;
  readonly check: string | undefined;
}

/** All in one; `undefined`: there is something to be looked at before, and nothing was sent. */
async function pushServed(
  job: SyncJob,
  known: Locked,
  { serve, check, ...how }: Served,
): Promise<RsyncResult | undefined> {
  const words = serve.render(check);
  if (words === undefined) return undefined;
  const sent = await pushAs(job, known, { ...how, serve: words });
  const { rest, isStopped } = serve.hear(sent.stderr);
  return isStopped ? undefined : requireSent(job, { ...sent, stderr: rest });
}

interface Kept {
  readonly known: Locked;
  readonly how: MirrorOptions;
  readonly plan: KeepPlan;
  readonly names: readonly string[];
  readonly serve: Serve | undefined;
}

async function pushAndKeep(job: SyncJob, { known, how, plan, names, serve }: Kept): Promise<RsyncResult> {
  const kept = await keepChanged(job, known, plan);
  let isSent = false;
  try {
    const served = serve && (await pushServed(job, known, { ...how, serve, check: undefined }));
    const result = served ?? (await push(job, known, how));
    const all = names.length === 0 ? result : together(result, await pushDoubtful(job, { known, how, names }));
    isSent = true;
    return { ...all, warnings: [...all.warnings, ...(await kept.settle(true))] };
  } finally {
    // What was not replaced needs no second name.
    if (!isSent) await kept.settle(false).catch(() => undefined);
  }
}

/** What was brought was not sent: of it, nothing else tells that it was edited since with its size and time kept. */
function doubtfulNames(inventory: Inventory, states: FileStates, plan: KeepPlan): readonly string[] {
  const edited = new Set(plan.edited);
  if (edited.size === 0) return states.doubtful;
  return [...new Set([...states.doubtful, ...[...inventory.names].filter((name) => edited.has(name))])];
}

async function push(job: SyncJob, known: Locked, how: TransferOptions): Promise<RsyncResult> {
  return requireSent(job, await pushAs(job, known, how));
}

function pushAs(
  { client, mount, onProgress }: SyncJob,
  { here: { patterns: excludePatterns, inventory }, held: { signal } }: Locked,
  how: Parameters<SyncJob['client']['push']>[2],
): Promise<RsyncResult> {
  const listAtOnce = inventory.names.length < mostAtOnce;
  return client.push(mount.local, mount.remote, { ...how, listAtOnce, excludePatterns, signal, onProgress });
}

function requireSent({ mount, profile }: SyncJob, result: RsyncResult): RsyncResult {
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
