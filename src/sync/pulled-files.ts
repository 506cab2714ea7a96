import { lstatSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unescapeName } from '../core/sync/rsync-names.ts';
import { makeDirectory } from '../shell/disk.ts';
import { writeWhole } from '../shell/write-whole.ts';

/** Files that were brought from the cluster, by their escaped names, and their state then. */
export type PulledFiles = Readonly<Record<string, string>>;

/** What was brought before these counts as of here: where it is replaced there, it is kept. */
const mostPulled = 100_000;

export function recallPulled(stateDir: string, key: string): PulledFiles {
  try {
    return JSON.parse(readFileSync(placeOf(stateDir, key), 'utf8')) as PulledFiles;
  } catch {
    return {};
  }
}

/** May be lost: then what was brought counts as of here. */
export function rememberPulled(stateDir: string, key: string, files: PulledFiles): void {
  const path = placeOf(stateDir, key);
  const kept = Object.fromEntries(Object.entries(files).slice(-mostPulled));
  try {
    makeDirectory(dirname(path));
    writeWhole(path, JSON.stringify(kept));
  } catch {
    // Nothing is lost: what is replaced there is kept.
  }
}

/** Those that are still as they came: of the cluster, not of here. */
export function stillPulled(root: string, files: PulledFiles): readonly string[] {
  return Object.keys(files).filter((name) => files[name] === stateOf(root, name));
}

/** The names with the state that they have now. */
export function asPulled(root: string, names: readonly string[]): PulledFiles {
  return Object.fromEntries(
    names.flatMap((name) => {
      const state = stateOf(root, name);
      return state === undefined ? [] : [[name, state]];
    }),
  );
}

/** What is about to be brought; until it is told what has come, it counts as brought and edited since. */
export function asComing(names: readonly string[]): PulledFiles {
  return Object.fromEntries(names.map((name) => [name, 'coming']));
}

/** Brought from there, and changed here since: these replace what is there. */
export function editedSince(root: string, pulled: PulledFiles): readonly string[] {
  const untouched = new Set(stillPulled(root, pulled));
  return Object.keys(asPulled(root, Object.keys(pulled))).filter((name) => !untouched.has(name));
}

function stateOf(root: string, name: string): string | undefined {
  const path = Buffer.concat([Buffer.from(`${root}/`), unescapeName(name)]);
  try {
    const { size, mtimeNs, ino, mode } = lstatSync(path, { bigint: true });
    return `${size} ${mtimeNs} ${ino} ${mode}`;
  } catch {
    // It is gone, or what was a directory is a file now.
    return undefined;
  }
}

function placeOf(stateDir: string, key: string): string {
  return join(stateDir, 'sync', `${key}.pulled.json`);
}
