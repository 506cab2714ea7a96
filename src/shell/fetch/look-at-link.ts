import { lstat, readlink } from 'node:fs/promises';
import { ifMissing } from './partial-file.ts';

/** What lies where a symbolic link is to be. */
export async function lookAtLink(destination: Buffer, linkTo: Buffer): Promise<'nothing' | 'same' | 'other'> {
  const there = await lstat(destination).catch(ifMissing);
  if (there === undefined) return 'nothing';
  return there.isSymbolicLink() && (await readlink(destination, { encoding: 'buffer' })).equals(linkTo)
    ? 'same'
    : 'other';
}
