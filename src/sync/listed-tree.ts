import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../shell/disk.ts';
import { writeWhole } from '../shell/write-whole.ts';
import { fingerprintOf } from './fingerprint.ts';
import { NameTable } from './name-table.ts';
import { type Inventory, readInventory } from './read-inventory.ts';
import { type Here, keyOf, type SyncJob } from './sync-job.ts';

/**
 * The names that a listing of a mount has found. They need not be listed once more as long as each of its directories is as it was: whoever
 * makes, removes or renames something in a directory changes its times, and that of change cannot be set back.
 */
export interface ListedTree {
  readonly patterns: string;
  readonly directoriesHash: string;
  readonly names: NameTable;
  readonly directories: NameTable;
}

/** Of two changes within so much time some disks keep one time alone. */
const tickNs = 2_000_000_000n;

export function recallTree(job: SyncJob, patterns: readonly string[]): ListedTree | undefined {
  try {
    const kept = readFileSync(placeOf(job));
    const start = kept.indexOf('\n') + 1;
    const [print = '', directoriesHash = '', length = ''] = kept.toString('latin1', 0, start).trim().split(' ');
    if (print !== fingerprintOf(patterns) || length === '') return undefined;
    const middle = start + Number(length);
    const [names, directories] = [NameTable.in(kept.subarray(start, middle)), NameTable.in(kept.subarray(middle))];
    return { patterns: print, directoriesHash, names, directories };
  } catch {
    return undefined;
  }
}

/** What a listing would find now; `undefined` where only a listing can tell. */
export function lookAgain({ mount, now }: SyncJob, tree: ListedTree): Inventory | undefined {
  const { names, directories } = tree;
  const inventory = readInventory(mount.local, { names, directories, now: now() });
  return inventory.directoriesHash === tree.directoriesHash ? inventory : undefined;
}

/** @param begunMs when the listing began */
export function rememberTree(job: SyncJob, { inventory, patterns, isWhole, warnings }: Here, begunMs: number): void {
  const { names, directories, directoriesHash, directoriesNs } = inventory;
  // A file may have come behind the listing, within the same tick.
  const isSettled = directoriesNs + tickNs < BigInt(Math.floor(begunMs)) * 1_000_000n;
  if (!isWhole || !isSettled || directoriesHash === undefined || warnings.length > 0) return;
  const head = `${fingerprintOf(patterns)} ${directoriesHash} ${names.byteLength}\n`;
  const path = placeOf(job);
  try {
    makeDirectory(dirname(path));
    writeWhole(path, [head, ...names.pieces(), ...directories.pieces()]);
  } catch {
    // The next one is listed.
  }
}

function placeOf(job: SyncJob): string {
  return join(job.stateDir, 'sync', `${keyOf(job)}.tree`);
}
