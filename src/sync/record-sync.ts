import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { releaseLockScript } from '../core/sync/lock-shell.ts';
import { type Manifest, manifestName, parseManifest } from '../core/sync/manifest.ts';
import { toRemote } from '../core/sync/mount-path.ts';
import {
  type CloseAnswer,
  type CloseScript,
  parseClose,
  renderClose,
  type SentState,
} from '../core/sync/mount-scripts.ts';
import { renderOwnerMarker } from '../core/sync/owner-marker.ts';
import { type ManifestPlan, planManifest } from '../core/sync/record-upload.ts';
import { isSameSequence } from '../core/sync/sorted-names.ts';
import { randomHex } from '../shell/random-bytes.ts';
import { keepManifest, recallManifest } from './kept-manifest.ts';
import { latestIn } from './latest-files.ts';
import { hashOfList, namePieces } from './name-list.ts';
import { pack } from './pack.ts';
import { sentHash } from './read-inventory.ts';
import { textOf } from './run-rsync.ts';
import { notClosed, otherContent } from './sync-errors.ts';
import { type Here, type Known, keyOf, type Locked, lastingPrint, lookMs, placeOf, type SyncJob } from './sync-job.ts';
import { rememberSync } from './sync-memory.ts';
import type { RsyncResult } from './transfer.ts';

/** Only where it has to be written anew: a long one takes its time on the way. */
export async function readManifest(job: SyncJob, known: Known): Promise<Manifest | 'complete'> {
  if (isRecorded(known)) return 'complete';
  const { client, mount, signal } = job;
  const { manifest, manifestText } = known.found;
  if (manifest === 'absent') return { kind: 'absent' };
  if (typeof manifest === 'string') return { kind: 'unread', reason: reasons[manifest] };
  const kept = recallManifest(job, manifest.sha256);
  if (kept !== undefined) return parseManifest(kept);
  try {
    if (manifestText) return parseManifest(textOf(gunzipSync(Buffer.from(manifestText, 'base64'))));
    const text = await client.readRemoteFile(`${mount.remote}/${manifestName}`, { requireOwned: true, signal });
    return parseManifest(text ?? undefined);
  } catch (error) {
    if (signal.aborted) throw error;
    return { kind: 'unread', reason: error instanceof Error ? error.message : String(error) };
  }
}

const reasons = {
  symlink: 'it is a link',
  other: 'it is no file',
  unreadable: 'it may not be read',
  foreign: 'it belongs to another account',
} as const;

/** All that is sent now stands in the manifest there: nobody has written it since we did, with the same names. */
function isRecorded({ memory, found, here }: Known): boolean {
  const { manifest } = found;
  const isOurs = typeof manifest === 'object' && manifest.sha256 !== '' && manifest.sha256 === memory?.manifest;
  return isOurs && memory?.namesHash === here.inventory.namesHash;
}

/** What is to be said there of what is sent; a file that must arrive is read before. */
export async function planRecords(
  job: SyncJob,
  known: Known,
  manifest: Manifest | 'complete',
): Promise<PlannedRecords> {
  const { mount, profile, version, now } = job;
  const at = new Date(now()).toISOString();
  const plan = manifest === 'complete' ? undefined : planOf(job, { here: known.here, manifest, at });
  const marker = { ...job.me(), mountName: mount.name, lastSyncAt: at, profile, version };
  const isNew = plan !== undefined && plan.kind !== 'leave' && !saysNothingNew(plan, manifest);
  const owner = job.ownerCheck ? renderOwnerMarker(marker) : undefined;
  const found = known.found.manifest;
  const [verify, packedOwner, packedManifest, state] = await Promise.all([
    hashToVerify(job),
    owner && pack([owner]),
    isNew ? pack(plan.text) : undefined,
    stateOf(known),
  ]);
  const manifestThere = typeof found === 'object' && found.sha256 !== '' ? found.sha256 : undefined;
  const records = { verify, owner: packedOwner, manifest: packedManifest, manifestThere, state };
  const ownerHash = owner === undefined ? undefined : createHash('sha256').update(owner).digest('hex');
  return { records, ownerHash, warnings: plan === undefined || plan.kind === 'write' ? [] : [plan.warning] };
}

export type Records = Omit<CloseScript, 'place' | 'release'>;

export interface PlannedRecords {
  readonly records: Records;
  /** SHA-256 of the owner marker. */
  readonly ownerHash: string | undefined;
  readonly warnings: readonly string[];
}

interface Sent extends Locked {
  readonly planned: PlannedRecords;
  readonly result: RsyncResult;
  /** Where it has been recorded already. */
  readonly answer: CloseAnswer | undefined;
}

/** Says there what has been sent, and remembers it here. Returns warnings. */
export async function recordSync(job: SyncJob, sent: Sent): Promise<readonly string[]> {
  const { here, planned, result } = sent;
  // Whatever changed or vanished meanwhile is looked at once more by the next sync.
  const state = result.returncode === 0 ? planned.records.state : undefined;
  const answer = sent.answer ?? (await close(job, sent, { ...planned.records, state }));
  requireVerified(job, answer);
  if (state !== undefined && answer.isKept) {
    const owner = answer.failed.has('owner') ? undefined : planned.ownerHash;
    remember(job, { here, stamp: state.stamp, manifest: answer.manifest, owner });
    if (planned.records.manifest !== undefined) keepManifest(job, planned.records.manifest);
  }
  return [...planned.warnings, ...warningsOf(answer)];
}

function saysNothingNew(plan: ManifestPlan, manifest: Manifest | 'complete'): boolean {
  if (plan.kind !== 'write' || manifest === 'complete' || manifest.kind !== 'live') return false;
  const { fingerprint, paths, earlier } = plan.recorded;
  const isSame = fingerprint === manifest.fingerprint && isSameSequence(earlier, manifest.earlier);
  return isSame && isSameSequence(paths, manifest.paths);
}

interface Planning {
  readonly here: Here;
  readonly manifest: Manifest;
  readonly at: string;
}

function planOf(job: SyncJob, { here: { inventory }, manifest, at }: Planning): ManifestPlan {
  const isPersistent = job.excludePatterns.length === 0;
  // What this sync alone has left out was sent by an earlier one, perhaps.
  const isMirror = job.mirror !== undefined && isPersistent;
  const sorted = inventory.names.sorted();
  const names = {
    *[Symbol.iterator]() {
      for (const name of sorted) if (!/^\s/.test(name)) yield name;
    },
  };
  const upload = { inventory: names, fingerprint: lastingPrint(job), isMirror };
  return planManifest(manifest, upload, { host: job.me().hostname, at });
}

async function stateOf({ found, here }: Known): Promise<SentState | undefined> {
  const { inventory, isWhole } = here;
  if (inventory.stateHash === undefined || !isWhole) return undefined;
  const lists = [hashOfList(inventory.names), hashOfList(inventory.directories)] as const;
  const [list, directories] = await Promise.all([
    lists[0] === found.lists[0] ? undefined : pack(namePieces(inventory.names)),
    lists[1] === found.lists[1] ? undefined : pack(namePieces(inventory.directories)),
  ]);
  return { stamp: randomHex(16), sent: sentHash(inventory), lists, list, directories };
}

interface Remembered {
  readonly here: Here;
  readonly stamp: string;
  readonly manifest: string | undefined;
  readonly owner: string | undefined;
}

function remember(job: SyncJob, { here: { inventory }, stamp, manifest, owner }: Remembered): void {
  const { stateHash, namesHash } = inventory;
  if (stateHash === undefined || job.excludePatterns.length > 0) return;
  const latest = latestIn(inventory);
  const known = { stamp, stateHash, namesHash, fingerprint: lastingPrint(job), manifest, latest };
  const memory = owner === undefined ? known : { ...known, owner: { sha256: owner, me: JSON.stringify(job.me()) } };
  rememberSync(job.stateDir, keyOf(job), memory);
}

async function close(job: SyncJob, { held, keepsLock }: Locked, records: Records): Promise<CloseAnswer> {
  const release = keepsLock ? undefined : releaseLockScript(held.key);
  const stdin = renderClose({ ...records, place: placeOf(job), release });
  const { signal } = held;
  const { stdout, stderr } = await job.shell.run({ argv: ['sh'], stdin, timeoutMs: lookMs, signal });
  const answer = parseClose(textOf(stdout));
  if (!answer.isWhole) throw notClosed({ mount: job.mount.name, profile: job.profile }, textOf(stderr).trim());
  if (!keepsLock) held.markReleased();
  return answer;
}

function warningsOf({ failed, verify }: CloseAnswer): readonly string[] {
  const what = {
    manifest: 'what was sent',
    owner: 'who has sent it',
    list: 'the list of files',
    directories: 'the list of directories',
    state: 'the state of the files',
  };
  return [
    ...(verify === 'unknown' ? ['there is no program that tells the content of files, so it was not compared'] : []),
    ...[...failed].map(
      ([name, why]) =>
        `${what[name as keyof typeof what] ?? name} could not be recorded there${why === '' ? '' : `: ${why}`}`,
    ),
  ];
}

async function hashToVerify({ verify, mount }: SyncJob): Promise<CloseScript['verify']> {
  if (verify === undefined) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(verify)) hash.update(chunk as Buffer);
  return { path: toRemote(mount, verify), sha256: hash.digest('hex') };
}

function requireVerified({ mount, profile, verify }: SyncJob, answer: CloseAnswer): void {
  if (verify === undefined || (answer.verify !== 'absent' && answer.verify !== 'differs')) return;
  throw otherContent({ mount: mount.name, profile }, { path: toRemote(mount, verify), found: answer.found });
}
