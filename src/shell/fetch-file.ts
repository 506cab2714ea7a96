import { type FileHandle, lstat, open, readlink, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SrunxError } from '../core/errors.ts';
import { makeDirectory } from './disk.ts';
import { fileError } from './file-error.ts';
import { randomHex } from './random-bytes.ts';
import type { Shell } from './shell.ts';

export interface FetchRequest {
  /** Absolute, where the shell reaches. */
  readonly source: string;
  /** Absolute, on this machine. */
  readonly destination: string;
  /** Permission bits. */
  readonly mode: number;
  /** Epoch seconds. */
  readonly modifiedAt: number;
  /** Whether another file may be in its place. */
  readonly overwrite: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** `unchanged`: it is there already. `exists`: something else is. `vanished`: the source is gone. */
export type FetchOutcome = 'copied' | 'unchanged' | 'exists' | 'vanished';

const chunkBytes = 8 * 1024 * 1024;

/**
 * Copies one file to this machine, with its time and permissions, as long as it was when the copy began. It appears whole or not
 * at all. A file that is its own copy already, be it the same file or one of the same size and time, is left alone.
 */
export async function fetchFile(shell: Pick<Shell, 'readFile' | 'name'>, request: FetchRequest): Promise<FetchOutcome> {
  const { source, destination, signal } = request;
  const first = await shell.readFile({ path: source, maxBytes: chunkBytes, signal });
  if (first === undefined) return 'vanished';
  try {
    const there = await stat(destination).catch(ifMissing);
    if (there !== undefined) {
      const isSame = there.size === first.size && Math.floor(there.mtimeMs / 1000) === Math.floor(request.modifiedAt);
      if (isSame || `${there.dev}:${there.ino}` === first.fileId) return 'unchanged';
      if (!request.overwrite) return 'exists';
    }
    makeDirectory(dirname(destination));
    const isWhole = await writeCopy(request, async (file) => {
      let { bytes } = first;
      for (let offset = 0; ; ) {
        await file.writeFile(bytes);
        offset += bytes.length;
        if (offset >= first.size || bytes.length === 0) return true;
        const next = await shell.readFile({ path: source, offset, maxBytes: chunkBytes, signal });
        if (next === undefined || next.fileId !== first.fileId) return false;
        bytes = next.bytes.subarray(0, first.size - offset);
      }
    });
    return isWhole ? 'copied' : 'vanished';
  } catch (error) {
    if (error instanceof SrunxError || signal?.aborted === true) throw error;
    throw fileError(error, { path: destination, shell: 'this machine', ifUnwritable });
  }
}

const ifUnwritable = 'Make the directory writable, or copy to another one.';

/** Makes a symbolic link, which has neither a time nor permissions that matter. */
export async function copyLink({
  destination,
  linkTo,
  overwrite,
}: Pick<FetchRequest, 'destination' | 'overwrite'> & { readonly linkTo: string }): Promise<FetchOutcome> {
  try {
    const there = await lstat(destination).catch(ifMissing);
    if (there?.isSymbolicLink() === true && (await readlink(destination)) === linkTo) return 'unchanged';
    if (there !== undefined && !overwrite) return 'exists';
    makeDirectory(dirname(destination));
    const temporary = `${destination}.${randomHex(6)}.tmp`;
    await symlink(linkTo, temporary);
    await rename(temporary, destination);
    return 'copied';
  } catch (error) {
    throw fileError(error, { path: destination, shell: 'this machine', ifUnwritable });
  }
}

async function writeCopy(
  { destination, mode, modifiedAt }: FetchRequest,
  write: (file: FileHandle) => Promise<boolean>,
): Promise<boolean> {
  const temporary = `${destination}.${randomHex(6)}.tmp`;
  try {
    await using file = await open(temporary, 'wx', 0o600);
    if (!(await write(file))) return false;
    await file.chmod(mode);
    await utimes(temporary, modifiedAt, modifiedAt);
    await rename(temporary, destination);
    return true;
  } finally {
    await rm(temporary, { force: true });
  }
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
