import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { releaseLockScript } from '../core/sync/lock-shell.ts';
import { type Manifest, manifestName, parseManifest } from '../core/sync/manifest.ts';
import { toRemote } from '../core/sync/mount-path.ts';
import { type CloseAnswer, type CloseScript, parseClose, renderClose } from '../core/sync/mount-scripts.ts';
import { renderOwnerMarker } from '../core/sync/owner-marker.ts';
import { planManifest } from '../core/sync/record-upload.ts';
import { randomHex } from '../shell/random-bytes.ts';
import { nameList } from './name-list.ts';
import { textOf } from './run-rsync.ts';
import { notClosed, otherContent } from './sync-errors.ts';
import { type Known, keyOf, type Locked, lastingPrint, lookMs, placeOf, type SyncJob } from './sync-job.ts';
import { rememberSync } from './sync-memory.ts';
import type { RsyncResult } from './transfer.ts';

/** Only where it has to be written anew: a long one takes its time on the way. */
export async function readManifest({ client, mount, signal }: SyncJob, { found }: Known): Promise<Manifest> {
  const { manifest } = found;
  if (manifest === 'absent') return { kind: 'absent' };
  if (typeof manifest === 'string') return { kind: 'unread', reason: reasons[manifest] };
  try {
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

interface Sent extends Locked {
  readonly manifest: Manifest;
  readonly result: RsyncResult;
}

/** Says there what has been sent, and remembers it here. Returns warnings. */
export async function recordSync(job: SyncJob, sent: Sent): Promise<readonly string[]> {
  const { memory, found, here, manifest, result } = sent;
  const { mount, profile, me, version, now, stateDir } = job;
  const fingerprint = lastingPrint(job);
  const { inventory } = here;
  const at = new Date(now()).toISOString();
  const isPersistent = job.excludePatterns.length === 0;
  // What this sync alone has left out was sent by an earlier one, perhaps.
  const upload = { inventory: inventory.names, fingerprint, isMirror: job.mirror !== undefined && isPersistent };
  const plan = planManifest(manifest, upload, { host: me.hostname, at });
  const stamp = randomHex(16);
  const marker = { ...me, mountName: mount.name, lastSyncAt: at, profile, version };
  const isListed = memory !== undefined && found.stamp === memory.stamp && memory.namesHash === inventory.namesHash;
  const answer = await close(job, sent, {
    verify: await hashToVerify(job),
    owner: job.ownerCheck ? base64Of(renderOwnerMarker(marker)) : undefined,
    manifest: plan.kind === 'leave' ? undefined : base64Of(plan.text),
    list: isListed ? undefined : nameList(inventory.names).toString('base64'),
    stamp,
  });
  requireVerified(job, answer);
  const { stateHash, namesHash } = inventory;
  // Whatever changed or vanished meanwhile is looked at once more by the next sync.
  const isCertain = stateHash !== undefined && result.returncode === 0 && here.isWhole;
  if (isCertain && isPersistent) rememberSync(stateDir, keyOf(job), { stamp, stateHash, namesHash, fingerprint, at });
  return [...(plan.kind === 'write' ? [] : [plan.warning]), ...warningsOf(answer)];
}

type Records = Omit<CloseScript, 'place' | 'release'>;

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

function base64Of(text: string): string {
  return Buffer.from(text).toString('base64');
}
