import { parseSnapshot, renderSnapshot, type SnapshotAnswer } from '../core/sync/snapshot-script.ts';
import { randomHex } from '../shell/random-bytes.ts';
import type { TreeHash } from './hash-tree.ts';
import type { HeldLock } from './mount-lock.ts';
import { nameList, namePieces } from './name-list.ts';
import type { NameTable } from './name-table.ts';
import { pack } from './pack.ts';
import { textOf } from './run-rsync.ts';
import { notCopied } from './sync-errors.ts';
import { type Here, placeOf, type SyncJob } from './sync-job.ts';

interface Sent {
  readonly tree: TreeHash;
  readonly here: Here;
  /** Something was not as it was sent. */
  readonly isAgain: boolean;
  readonly held: HeldLock;
}

/** Copies what has just been sent, by one execution. False: what is there is something else. Throws where there is no room for it. */
export async function makeSnapshot(job: SyncJob, { tree, here, isAgain, held }: Sent): Promise<boolean> {
  const { snapshot, client, shell, mount, profile } = job;
  if (snapshot === undefined) return false;
  const { path, options } = await client.askRemote();
  const canLink = ['--link-dest', '--files-from', '--from0', '--chmod'].every((option) => options.has(option));
  const facts = {
    ...{ ...snapshot, place: placeOf(job), rsync: { path, canLink } },
    ...{ tree: tree.hash, proof: tree.proof, listHash: tree.listHash, sums: tree.sums },
    emptyDirectories: here.emptyDirectories.length === 0 ? '' : await pack([nameList(here.emptyDirectories)]),
    base: isAgain ? undefined : await baseOf(tree),
    comparesContent: isAgain,
  };
  const ask = async (list: string | undefined): Promise<SnapshotAnswer> => {
    const stdin = renderSnapshot({ ...facts, token: randomHex(8), list });
    const { stdout, stderr } = await shell.run({ argv: ['sh'], stdin, timeoutMs: copyMs, signal: held.signal });
    return parseSnapshot(textOf(stdout)) ?? { kind: 'failed', words: textOf(stderr).trim() };
  };
  let answer = await ask(undefined);
  if (answer.kind === 'list') answer = await ask(await pack(namePieces(here.inventory.names)));
  if (answer.kind === 'made') return true;
  if (answer.kind === 'changed') return false;
  const words = answer.kind === 'failed' ? answer.words : 'the list of its files cannot be kept there';
  throw notCopied({ mount: mount.name, profile }, words);
}

async function listed(names: NameTable): Promise<string> {
  return names.length === 0 ? '' : pack(namePieces(names));
}

async function baseOf({ base }: TreeHash) {
  if (base === undefined) return undefined;
  const { files, links, removed, ...rest } = base;
  return { ...rest, files: await listed(files), links: await listed(links), removed: await listed(removed) };
}

/** A first copy of much data, on a slow disk. */
const copyMs = 6 * 3_600_000;
