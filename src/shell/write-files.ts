import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory } from './disk.ts';
import { fileError } from './file-error.ts';
import { randomHex } from './random-bytes.ts';
import type { FileToWrite } from './shell.ts';

/** So many at once keep the disk busy; more only fill the memory. */
const concurrency = 32;

const ifUnwritable = 'Make it writable, or keep runs in another directory, with SRUNX_RUN_DIR.';

/** Writes each file under a temporary name beside its place and renames it, so that nobody ever sees half of one. */
export async function writeFilesAtomically(
  files: readonly FileToWrite[],
  options: { readonly shell: string; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  for (const directory of new Set(files.map(({ path }) => dirname(path)))) {
    try {
      makeDirectory(directory, 0o700);
    } catch (error) {
      throw fileError(error, { path: directory, shell: options.shell, ifUnwritable });
    }
  }
  // The last file says that the set is complete (see the callers), so it must not overtake the others.
  const last = files.at(-1);
  const queue = files.slice(0, -1).values();
  const work = async () => {
    for (const file of queue) await writeOne(file, options);
  };
  // All workers come to their end before a failure is told: nothing is written behind the caller's back.
  const results = await Promise.allSettled(Array.from({ length: Math.min(concurrency, files.length) }, work));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  if (last !== undefined) await writeOne(last, options);
}

async function writeOne(
  { path, content, mode = 0o600 }: FileToWrite,
  { shell, signal }: { readonly shell: string; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  signal?.throwIfAborted();
  const temporary = `${path}.${randomHex(6)}.tmp`;
  try {
    await writeFile(temporary, content, { mode, flag: 'wx' });
    // The umask takes bits of others away, hardly ever our own.
    if ((mode & 0o077) !== 0) await chmod(temporary, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(error, { path, shell, ifUnwritable });
  }
}
