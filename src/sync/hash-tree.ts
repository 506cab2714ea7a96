import { hash as hashAtOnce } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { TreeBase } from '../core/sync/snapshot-script.ts';
import { type ComparedContents, compareContents, kindOf, unknown } from './compare-contents.ts';
import { type Contents, recallContents, recallTree, rememberContents, type TreeSums } from './known-contents.ts';
import { hashOfList, nameList } from './name-list.ts';
import { NameTable } from './name-table.ts';
import { readContents } from './read-contents.ts';
import { sentHash } from './read-inventory.ts';
import { hashBytes, hexAt, sumsOf } from './sums.ts';
import { type Here, keyOf, type SyncJob } from './sync-job.ts';

/** A state of all files of a mount. */
export interface TreeHash extends TreeSums {
  /** The state that was hashed before, and what is not as it was in there; absent where that is nearly all. */
  readonly base?: TreeBase<NameTable> | undefined;
}

/** `undefined`: a file is not as it was when it was listed. What was read once is not read again while it stays as it is. */
export async function hashTree(job: SyncJob, { inventory, emptyDirectories }: Here): Promise<TreeHash | undefined> {
  const { names, facts, modes, stateHash } = inventory;
  if (stateHash === undefined) return undefined;
  const file = join(job.stateDir, 'sync', `${keyOf(job)}.hashes`);
  const state = hashAtOnce('sha256', Buffer.concat([Buffer.from(`${stateHash}\n`), nameList(emptyDirectories)]));
  const same = recallTree(file, state);
  if (same !== undefined) return same;
  // What is to be sent may be on its way meanwhile.
  await turn();
  const listHash = hashOfList(names);
  const known = recallContents(file, { names, listHash });
  const compared = compareContents(inventory, known);
  const hashes = await readContents(job.mount.local, { inventory, known, places: compared.places, signal: job.signal });
  if (hashes === undefined) return undefined;
  const contents = { names, facts, modes, hashes };
  const [hash, sums] = [hashOfAll(contents, emptyDirectories), sumsOf(hashes, filesAmong(contents))];
  const tree = { hash, proof: sentHash(inventory), listHash, sums };
  rememberContents(file, { ...contents, state, tree });
  return { ...tree, base: known && baseOf(known.tree, contents, compared) };
}

/** In whatever order they were listed. */
function hashOfAll(contents: Contents, emptyDirectories: readonly string[]): string {
  const { names, modes, hashes } = contents;
  const entries = Buffer.allocUnsafeSlow((names.length + emptyDirectories.length) * hashBytes);
  let index = 0;
  const add = (entry: string) => {
    entries.write(hashAtOnce('sha256', entry), index * hashBytes, 'hex');
    index += 1;
  };
  for (const name of names) {
    const isLink = kindOf(contents, index) === 'link';
    const kind = isLink ? 'link' : `file ${((modes[index] ?? 0) & 0o555).toString(8)}`;
    add(`${hexAt(hashes, index)} ${kind} ${name}`);
  }
  for (const name of emptyDirectories) add(`directory ${name}`);
  return sumsOf(
    entries,
    Uint32Array.from({ length: index }, (_, place) => place),
  );
}

function filesAmong(contents: Contents, isWanted: (index: number) => boolean = () => true): Uint32Array {
  const places = new Uint32Array(contents.names.length);
  let count = 0;
  for (let index = 0; index < places.length; index += 1) {
    if (kindOf(contents, index) !== 'file' || !isWanted(index)) continue;
    places[count] = index;
    count += 1;
  }
  return places.subarray(0, count);
}

function baseOf(tree: TreeSums, contents: Contents, { places, removed }: ComparedContents): TreeHash['base'] {
  const isChanged = (index: number) => places[index] === unknown;
  const [files, links] = [new NameTable(), new NameTable()];
  let index = 0;
  for (const name of contents.names.bytes()) {
    if (isChanged(index)) (kindOf(contents, index) === 'file' ? files : links).add(name);
    index += 1;
  }
  if (files.length + links.length > index / 2) return undefined;
  return { tree: tree.hash, files, links, removed, sums: sumsOf(contents.hashes, filesAmong(contents, isChanged)) };
}
