import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { makeDirectory } from '../disk.ts';
import { fileError } from '../file-error.ts';

/** Makes the directory where it is missing. Throws where nothing can be written to it. */
export async function requireWritable(directory: string): Promise<void> {
  try {
    makeDirectory(directory);
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fileError(error, { path: directory, shell: 'this machine', ifUnwritable });
  }
}

export const ifUnwritable = 'Make the directory writable, or copy to another one.';
