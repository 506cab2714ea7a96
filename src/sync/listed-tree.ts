import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../shell/disk.ts';
import { writeWhole } from '../shell/write-whole.ts';
import { fingerprintOf } from './fingerprint.ts';
import { NameTable } from './name-table.ts';
import { readInventory } from './read-inventory.ts';
import { type Here, keyOf, type SyncJob } from './sync-job.ts';

/**
 * The names that a listing of a mount has found. They need not be listed once more as long as each of its directories is as it was: whoever
 * makes, removes or renames something in a directory changes its times, and that of change cannot be set back.
 */
interface ListedTree {
  readonly directoriesHash: string;
  readonly names: NameTable;
  readonly directories: NameTable;
  readonly emptyDirectories: readonly string[];
}

/** Of two changes within so much time some disks keep one time alone. */
const tickNs = 2_000_000_000n;

function recallTree(job: SyncJob, patterns: readonly string[]): ListedTree | undefined {
  try {
    const kept = readFileSync(placeOf(job));
    const start = kept.indexOf('\n') + 1;
    const [print = '', directoriesHash = '', ...lengths] = kept.toString('latin1', 0, start).trim().split(' ');
    if (print !== fingerprintOf(patterns) || lengths.length !== 2) return undefined;
    const [first = 0, second = 0] = lengths.map(Number);
    const [middle, end] = [start + first, start + first + second];
    return {
      directoriesHash,
      names: NameTable.in(kept.subarray(start, middle)),
      directories: NameTable.in(kept.subarray(middle, end)),
      emptyDirectories: [...NameTable.in(kept.subarray(end))],
    };
  } catch {
    return undefined;
  }
}

/** What a listing would find now; `undefined` where only a listing can tell. */
export function lookAgain(job: SyncJob, patterns: readonly string[]): Here | undefined {
  const tree = recallTree(job, patterns);
  if (tree === undefined) return undefined;
  const { names, directories, emptyDirectories } = tree;
  const inventory = readInventory(job.mount.local, { names, directories, now: job.now() });
  if (inventory.directoriesHash !== tree.directoriesHash) return undefined;
  return { inventory, patterns, emptyDirectories, isWhole: true, warnings: [] };
}

/** @param begunMs when the listing began */
export function rememberTree(job: SyncJob, here: Here, begunMs: number): void {
  const { inventory, patterns, emptyDirectories, isWhole, warnings } = here;
  const { names, directories, directoriesHash, directoriesNs } = inventory;
  // A file may have come behind the listing, within the same tick.
  const isSettled = directoriesNs + tickNs < BigInt(Math.floor(begunMs)) * 1_000_000n;
  if (!isWhole || !isSettled || directoriesHash === undefined || warnings.length > 0) return;
  const lengths = `${names.byteLength} ${directories.byteLength}`;
  const head = `${fingerprintOf(patterns)} ${directoriesHash} ${lengths}\n`;
  const path = placeOf(job);
  try {
    makeDirectory(dirname(path));
    writeWhole(path, [head, ...names.pieces(), ...directories.pieces(), ...NameTable.of(emptyDirectories).pieces()]);
  } catch {
    // The next one is listed.
  }
}

function placeOf(job: SyncJob): string {
  return join(job.stateDir, 'sync', `${keyOf(job)}.tree`);
}
