import type { Stats } from 'node:fs';
import { lstat, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError } from '../file-error.ts';
import type { FoundFile } from '../list-files.ts';
import { largeBytes } from './fetch-files.ts';
import { lookAtLink } from './look-at-link.ts';
import { ifMissing, partialLength, partialPath } from './partial-file.ts';

interface Copy {
  readonly source: FoundFile;
  /** Absolute, byte for byte. */
  readonly destination: Buffer;
}

/** `same`: the file is its own copy already, or was copied before and has not changed since. */
export async function lookAtCopy({ source, destination }: Copy): Promise<'nothing' | 'same' | 'other'> {
  try {
    if (source.type === 'link') return await lookAtLink(destination, source.raw.linkTo);
    const there = await stat(destination).catch(ifMissing);
    if (there !== undefined) return isSame(there, source, destination) ? 'same' : 'other';
    // A link that leads nowhere is something, too.
    return (await lstat(destination).catch(ifMissing)) === undefined ? 'nothing' : 'other';
  } catch (error) {
    throw fileError(error, { path: destination.toString(), shell: 'this machine' });
  }
}

function isSame(there: Stats, { path, facts }: FoundFile, destination: Buffer): boolean {
  // Another machine numbers its files by itself.
  if (path === destination.toString() && `${there.dev}:${there.ino}` === facts.fileId) return true;
  const [ours, theirs] = [there.mtimeMs / 1000, Number(facts.modifiedAt)];
  // Not every disk has parts of a second.
  const isSameTime = Math.abs(ours - theirs) < 0.001 || (ours % 1 === 0 && Math.floor(theirs) === ours);
  return there.isFile() && there.size === facts.bytes && isSameTime;
}

/** How much of a large file an earlier copy has left here. */
export async function keptBytes({ source, destination }: Copy): Promise<number> {
  if (source.type !== 'file' || source.facts.bytes < largeBytes) return 0;
  return partialLength(partialPath(destination, { path: source.raw.path, facts: source.facts })).catch(() => 0);
}

/** What is free for this user on the disk of a directory, be it there or not; `undefined` where nobody knows. */
export async function freeBytes(directory: string): Promise<number | undefined> {
  for (let path = directory; ; path = dirname(path)) {
    try {
      const { blocks, bavail, bsize } = await statfs(path);
      // Some that others provide have no numbers.
      return blocks === 0 ? undefined : bavail * bsize;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || path === dirname(path)) return undefined;
    }
  }
}
