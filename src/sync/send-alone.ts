import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type PlacedFile, renderPlace } from '../core/sync/place-script.ts';
import { renderTar, type TarFile } from '../shell/ssh/tar-archive.ts';
import type { FileStates } from './file-states.ts';
import type { KeepPlan } from './keep-changed.ts';
import { factsPerFile, type Inventory, isLink, secondsOf, typeBits, wholeHash } from './read-inventory.ts';
import { sendFirst } from './send-first.ts';
import type { Serve } from './serve-sync.ts';
import type { Locked, SyncJob } from './sync-job.ts';
import type { RsyncResult } from './transfer.ts';

interface Sending {
  readonly serve: Serve;
  readonly states: FileStates;
  readonly plan: KeepPlan;
}

/**
 * Without rsync, which takes some eight round trips to find out what is known already, or what one answer tells:
 * - all is there as the last sync left it, and here a few small files were edited or made since: they are written by the execution that
 *   records them;
 * - nothing is there yet: all of it goes at once, see `sendFirst`;
 * - of the last sync nothing is remembered here, but the same names are known there: all may be there as it is here.
 *
 * `undefined`: it is for rsync. What was written by then is as it is here.
 */
export async function sendAlone(job: SyncJob, known: Locked, sending: Sending): Promise<RsyncResult | undefined> {
  const { serve } = sending;
  const { inventory } = known.here;
  if (job.excludePatterns.length > 0) return undefined;
  const first = await sendFirst(job, known, serve);
  if (first !== undefined) return first;
  if (canBeThere(known, sending)) {
    return (await serve.runAlone({ work: [], whole: wholeHash(inventory) })) ? resultOf(inventory, []) : undefined;
  }
  const edited = editedOf(known, sending);
  if (edited === undefined) return undefined;
  const files = readAll(job.mount.local, edited);
  if (files === undefined) return undefined;
  const mayBeNew = known.memory?.namesHash !== inventory.namesHash;
  // Of the directories only the names are known to be the same then.
  const whole = mayBeNew ? wholeHash(inventory) : undefined;
  const isRecorded = await serve.runAlone({ work: workOf(files, mayBeNew), whole });
  return isRecorded ? resultOf(inventory, files) : undefined;
}

const fileBits = constants.S_IFREG;

/** Of a link, `stat` does not tell where it leads. */
function canBeThere({ found, here: { inventory } }: Locked, { serve, states }: Sending): boolean {
  const isAsLeft = found.isThere && !found.isChanged && states.isBlank && serve.knows.names && serve.knows.directories;
  return isAsLeft && !inventory.modes.some(isLink);
}

interface EditedFile {
  readonly name: string;
  readonly mode: number;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
}

/** What is more is sent by rsync, which sends of a file only what is new in it. */
const mostBytes = 256 * 1024;

/** Where nothing else has to be sent. */
function editedOf({ memory, found, here: { inventory } }: Locked, { serve, states, plan }: Sending) {
  const { names, facts, modes } = inventory;
  const isAsLeft = memory !== undefined && found.isSame && serve.knows.directories && plan.isModeSame;
  if (!isAsLeft || states.changed === undefined) return undefined;
  const wanted = new Set(states.changed);
  const edited: EditedFile[] = [];
  let [index, bytes] = [0, 0n];
  for (const name of names) {
    if (wanted.has(index)) {
      const [size = 0n, mtimeNs = 0n, ctimeNs = 0n, ino = 0n] = facts.subarray(index * factsPerFile);
      const mode = modes[index] ?? 0;
      const isPlain = (mode & typeBits) === fileBits && mtimeNs >= 0n && !name.includes('\\#') && name.isWellFormed();
      bytes += size;
      if (!isPlain || bytes > mostBytes) return undefined;
      edited.push({ name, mode: mode & ~typeBits, size, mtimeNs, ctimeNs, ino });
    }
    index += 1;
  }
  return edited;
}

interface ReadFile extends EditedFile {
  readonly content: Uint8Array;
}

/** `undefined`: one of them is being written, or may not be read. */
function readAll(root: string, files: readonly EditedFile[]): readonly ReadFile[] | undefined {
  const read: ReadFile[] = [];
  for (const file of files) {
    const content = readAs(join(root, file.name), file);
    if (content === undefined) return undefined;
    read.push({ ...file, content });
  }
  return read;
}

function readAs(path: string, file: EditedFile): Uint8Array | undefined {
  let opened: number | undefined;
  try {
    // A pipe that has taken its place would wait for somebody who writes.
    opened = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (!isAs(opened, file)) return undefined;
    const content = readFileSync(opened);
    return isAs(opened, file) && BigInt(content.length) === file.size ? content : undefined;
  } catch {
    return undefined;
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}

function isAs(opened: number, file: EditedFile): boolean {
  const found = fstatSync(opened, { bigint: true });
  const isSame = found.size === file.size && found.mtimeNs === file.mtimeNs && found.ctimeNs === file.ctimeNs;
  return isSame && found.ino === file.ino;
}

function workOf(files: readonly ReadFile[], mayBeNew: boolean): readonly string[] {
  if (files.length === 0) return [];
  const entries = files.map(({ content, mode, mtimeNs }, index): TarFile => {
    return { name: `${index}`, content, mode, time: Number(secondsOf(mtimeNs)) };
  });
  const placed = files.map(
    ({ name, mode }, index): PlacedFile => ({ entry: `${index}`, name, mode: mode.toString(8) }),
  );
  return renderPlace(gzipSync(renderTar(entries, 0)).toString('base64'), placed, mayBeNew);
}

function resultOf({ bytes: totalBytes }: Inventory, files: readonly ReadFile[]): RsyncResult {
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
  const said = { returncode: 0, stdout: '', stderr: '', success: true, warnings: [] };
  return { ...said, stats: { files: files.length, bytes, totalBytes } };
}
