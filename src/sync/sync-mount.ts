import { type Stats, statSync } from 'node:fs';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { BugError } from '../core/errors.ts';
import { type KnownThere, type OpenAnswer, parseOpen, renderOpen } from '../core/sync/mount-scripts.ts';
import { findStranger, parseOwnerMarker } from '../core/sync/owner-marker.ts';
import type { ShellResult } from '../shell/shell.ts';
import { hashTree } from './hash-tree.ts';
import { isOneChanged } from './latest-files.ts';
import { lookAgain, rememberTree } from './listed-tree.ts';
import { makeSnapshot } from './make-snapshot.ts';
import { type HeldLock, withMountLock } from './mount-lock.ts';
import { readInventory } from './read-inventory.ts';
import { planRecords, readManifest, recordSync } from './record-sync.ts';
import { textOf } from './run-rsync.ts';
import { sendChanges } from './send-changes.ts';
import { serveOf } from './serve-sync.ts';
import { isHome, keepsChanging, notOpened, notTransferred, ownedByOther, sourceIsGone } from './sync-errors.ts';
import {
  type Here,
  type Known,
  keyOf,
  type Locked,
  lastingPrint,
  lookMs,
  type MirrorOptions,
  placeOf,
  type SyncJob,
} from './sync-job.ts';
import { recallSync, type SyncMemory } from './sync-memory.ts';
import { pulledPatterns, pushPatterns } from './sync-patterns.ts';
import type { RsyncResult } from './transfer.ts';

export interface SyncOutcome {
  /** Nothing had to be sent, and nothing was compared file by file. */
  readonly isUnchanged: boolean;
  readonly files: number;
  readonly result?: RsyncResult | undefined;
  readonly warnings: readonly string[];
  /** SHA-256 of the copy that was made there, where one was wanted. */
  readonly snapshot?: string | undefined;
}

/** Sends what has changed; nothing follows. Where nothing has changed, that is one execution, and no lock is taken. */
export async function syncMount(job: SyncJob): Promise<SyncOutcome> {
  const begun = await begin(job);
  const { remembered } = begun;
  // Where it is known already that something has to be sent, a look without the lock would be one too many.
  if (remembered !== undefined && !isOneChanged(job.mount.local, remembered.latest ?? [])) {
    const argv = ['sh', '-c', renderOpen(placeOf(job), knownThere(remembered), true)] as const;
    const { shell, signal } = job;
    const asked = shell.run({ argv, together: true, timeoutMs: lookMs, signal });
    void begun.list();
    const found = readOpen(job, await asked);
    const known = { memory: begun.memory(), found, here: await begun.list() };
    if (known.memory !== undefined && isOwned(job, found, known.memory) && isAsLeft(known))
      return unchanged(known.here);
  }
  return underLock(job, begun, (known, held) => transferAll(job, { ...known, held, keepsLock: false }));
}

/** Sends what has changed, and then does something while nobody else sends anything. */
export async function withSyncedMount<Result>(
  job: SyncJob,
  body: (outcome: SyncOutcome) => Promise<Result>,
): Promise<Result> {
  return underLock(job, await begin(job), async (known, held) => {
    return body(await (job.snapshot === undefined ? send(job, known, held) : sendAndCopy(job, known, held)));
  });
}

async function send(job: SyncJob, known: Known, held: HeldLock): Promise<SyncOutcome> {
  return isAsLeft(known) ? unchanged(known.here) : transferAll(job, { ...known, held, keepsLock: true });
}

/** At both ends all is as the sync left it that is remembered. */
function isAsLeft({ memory, found, here: { inventory } }: Known): boolean {
  const isSameHere = inventory.stateHash === memory?.stateHash && inventory.namesHash === memory?.namesHash;
  return memory !== undefined && found.isSame && isSameHere;
}

function unchanged({ inventory, warnings }: Here): SyncOutcome {
  return { isUnchanged: true, files: inventory.names.length, warnings };
}

/** So often files may change amid it, at either end. */
const mostAttempts = 3;

/** Where something was changed at either end meanwhile, it is sent again as it is by then. */
async function sendAndCopy(job: SyncJob, first: Known, held: HeldLock): Promise<SyncOutcome> {
  let known = first;
  for (let attempt = 1; ; attempt += 1) {
    const hashing = hashTree(job, known.here);
    hashing.catch(() => undefined);
    const outcome = await send(job, known, held);
    const tree = await hashing;
    const isMade =
      tree !== undefined && (await makeSnapshot(job, { tree, here: known.here, isAgain: attempt > 1, held }));
    if (isMade) return { ...outcome, snapshot: tree.hash };
    if (attempt === mostAttempts) throw keepsChanging({ mount: job.mount.name, profile: job.profile });
    const again = await job.shell.run({ argv: ['sh', '-c', renderOpen(placeOf(job), undefined)], timeoutMs: lookMs });
    known = { memory: undefined, found: readOpen(job, again), here: await listAgain(job) };
  }
}

interface Begun {
  /** Of a sync, if of the same kind is still to be seen. */
  readonly remembered: SyncMemory | undefined;
  /** Of a sync of the same kind. To tell takes longer than to ask the other end. */
  readonly memory: () => SyncMemory | undefined;
  /** Begins at once where it was not asked before. */
  readonly list: () => Promise<Here>;
}

async function begin(job: SyncJob): Promise<Begun> {
  requireSource(job);
  const isPlain = job.mirror === undefined && job.verify === undefined && job.excludePatterns.length === 0;
  const remembered = isPlain ? recallSync(job.stateDir, keyOf(job)) : undefined;
  const memory = () => {
    const isSameKind = remembered?.fingerprint === lastingPrint(job) && isOfUs(job, remembered);
    return isSameKind ? remembered : undefined;
  };
  const dirty = once(() => job.dirty?.() ?? Promise.resolve(undefined));
  const patterns = once(() => pushPatterns(job));
  if (job.requireClean === true) await dirty();
  const list = once(async () => {
    const found = await patterns();
    // The other end is asked first.
    await turn();
    await turn();
    return takeInventory(job, { patterns: found, dirty });
  });
  return { remembered, memory, list };
}

/** What is waited for further down: what the other end says is told first. */
function once<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let asked: Promise<Value> | undefined;
  return () => {
    asked ??= ask();
    asked.catch(() => undefined);
    return asked;
  };
}

const textsOf = (text: string | undefined) => (text === undefined ? [] : [text]);

async function underLock<Result>(
  job: SyncJob,
  { memory: recall, list }: Begun,
  work: (known: Known, held: HeldLock) => Promise<Result>,
): Promise<Result> {
  const { shell, mount, lock, signal } = job;
  const memory = recall();
  const first = { script: renderOpen(placeOf(job), memory && knownThere(memory)), timeoutMs: lookMs };
  const locked = withMountLock({ ...lock, shell, remote: mount.remote, signal, first }, async (held) => {
    const found = readOpen(job, held.first);
    const here = await list();
    return work({ memory: isOwned(job, found, memory) ? memory : undefined, found, here }, held);
  });
  void list();
  return locked;
}

function readOpen({ mount, profile }: SyncJob, { stdout, stderr }: ShellResult): OpenAnswer {
  const answer = parseOpen(textOf(stdout), (base64) => textOf(Buffer.from(base64, 'base64')));
  if (answer.isWhole && answer.home !== undefined) throw isHome({ mount: mount.name, profile }, answer.home);
  if (answer.isWhole) return answer;
  throw notOpened({ mount: mount.name, profile }, textOf(stderr).trim());
}

function requireSource({ mount, profile }: SyncJob): void {
  const facts = lookAt(mount.local);
  if (facts?.isDirectory() !== true)
    throw sourceIsGone({ mount: mount.name, profile }, mount.local, facts !== undefined);
}

function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

async function listAgain(job: SyncJob): Promise<Here> {
  return takeInventory(job, {
    patterns: await pushPatterns(job),
    dirty: () => job.dirty?.() ?? Promise.resolve(undefined),
  });
}

interface Listing {
  readonly patterns: readonly string[];
  readonly dirty: () => Promise<string | undefined>;
}

async function takeInventory(job: SyncJob, { patterns, dirty }: Listing): Promise<Here> {
  const asked = dirty();
  asked.catch(() => undefined);
  let here = await lookOrList(job, patterns);
  // rsync compares size and second: of two edits within one second the later would never be sent. So nothing is sent in the second in which
  // it was changed.
  if (here.inventory.isFresh) {
    await sleep(1_000 - (job.now() % 1_000), undefined, { signal: job.signal });
    here = await lookOrList(job, patterns);
  }
  return { ...here, warnings: [...textsOf(await asked), ...here.warnings] };
}

async function lookOrList(job: SyncJob, patterns: readonly string[]): Promise<Here> {
  const { client, mount, signal, now } = job;
  const known = lookAgain(job, patterns);
  if (known !== undefined) return known;
  const begunMs = now();
  const { warnings, isWhole, emptyDirectories, ...names } = await client.listNames(mount.local, {
    excludePatterns: patterns,
    signal,
  });
  const inventory = readInventory(mount.local, { ...names, now: now() });
  const here = { inventory, patterns, emptyDirectories, isWhole, warnings };
  rememberTree(job, here, begunMs);
  return here;
}

function knownThere(memory: SyncMemory): KnownThere {
  return { ...memory, owner: memory.owner?.sha256 };
}

/** Whoever has marked it as ours was called what we are called. */
function isOfUs({ me }: SyncJob, { owner }: SyncMemory): boolean {
  return owner === undefined || owner.me === JSON.stringify(me());
}

/** Throws where somebody else has synced it. False: it is to be said there that it is ours now. */
function isOwned(job: SyncJob, found: OpenAnswer, memory: SyncMemory | undefined): boolean {
  const { ownerCheck, force, me, mount, profile } = job;
  if (!ownerCheck || isMarkedByUs(found, memory)) return true;
  const marker = parseOwnerMarker(found.ownerText);
  const stranger = findStranger(marker, me());
  if (stranger === undefined || marker.kind !== 'owner') return true;
  if (force) return false;
  throw ownedByOther({ mount: mount.name, profile }, { words: stranger.words, since: marker.owner.lastSyncAt });
}

function isMarkedByUs({ owner }: OpenAnswer, memory: SyncMemory | undefined): boolean {
  return typeof owner === 'object' && owner.sha256 !== '' && owner.sha256 === memory?.owner?.sha256;
}

/** Throws where somebody else has synced it last. Takes no lock. */
export async function requireOwned(job: SyncJob): Promise<undefined> {
  const argv = ['sh', '-c', renderOpen(placeOf(job), undefined)] as const;
  const { shell, signal } = job;
  isOwned(job, readOpen(job, await shell.run({ argv, together: true, timeoutMs: lookMs, signal })), undefined);
  return undefined;
}

/** Whoever owns it by a marker that cannot be read, nobody knows. */
function ownerWarning(job: SyncJob, { found, memory }: Known): readonly string[] {
  const { owner, ownerText } = found;
  if (!job.ownerCheck || owner === 'absent' || isMarkedByUs(found, memory)) return [];
  const marker = parseOwnerMarker(ownerText ?? '');
  if (marker.kind !== 'unreadable') return [];
  return [`who has synced it last cannot be read there (${marker.reason})`];
}

async function transferAll(job: SyncJob, known: Locked): Promise<SyncOutcome> {
  const { mount } = job;
  const { inventory, warnings } = known.here;
  const names = { mount: mount.name, profile: job.profile };
  const isFirst = known.found.manifest === 'absent' && known.found.owner === 'absent';
  // What was there yesterday and is not any more: a disk that is not mounted looks like that.
  const isBare = inventory.names.length === 0 && pulledPatterns(job).length === 0;
  if (isBare && !isFirst) throw sourceIsGone(names, mount.local, true);
  if (isFirst) await job.onFirst({ files: inventory.names.length, bytes: inventory.bytes });
  const reading = readManifest(job, known);
  reading.catch(() => undefined);
  const how = await mirrorOptions(job, known, reading);
  const planned = await planRecords(job, known, await reading);
  const serve = serveOf(job, known, planned.records);
  const result = await sendChanges(job, known, { ...how, serve });
  const recorded = await recordSync(job, { ...known, planned, result, answer: serve?.answer() });
  return {
    isUnchanged: false,
    files: inventory.names.length,
    result,
    warnings: [...ownerWarning(job, known), ...warnings, ...result.warnings, ...recorded],
  };
}

async function mirrorOptions(
  job: SyncJob,
  { here: { inventory, patterns } }: Locked,
  reading: ReturnType<typeof readManifest>,
): Promise<MirrorOptions> {
  const { client, mount, mirror, signal, profile } = job;
  if (mirror === undefined) return {};
  const preview = await client.push(mount.local, mount.remote, {
    ...{ delete: true, dryRun: true, itemize: true },
    ...{ excludePatterns: patterns, signal },
  });
  if (!preview.success) throw notTransferred({ mount: mount.name, profile }, preview);
  const manifest = await reading;
  // Only what has been sent without a mirror is ever known to be complete.
  if (manifest === 'complete') throw new BugError('a mirror without a manifest', { code: 'bug.mirror' });
  return mirror({ output: preview.stdout, manifest, inventory: inventory.names, fingerprint: lastingPrint(job) });
}
