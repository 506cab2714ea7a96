import { rename, symlink } from 'node:fs/promises';
import { parentOf } from '../disk.ts';
import { randomHex } from '../random-bytes.ts';
import { lookAtLink } from './look-at-link.ts';
import type { Placed } from './partial-file.ts';

export interface LinkCopy {
  /** Absolute. */
  readonly destination: Buffer;
  readonly linkTo: Buffer;
  /** Whether another file may be in its place. */
  readonly overwrite: boolean;
}

/** Makes a symbolic link, which has neither a time nor permissions that matter. */
export async function copyLink({ destination, linkTo, overwrite }: LinkCopy): Promise<Placed> {
  const there = await lookAtLink(destination, linkTo);
  if (there === 'same') return 'copied';
  if (there === 'other' && !overwrite) return 'exists';
  const temporary = Buffer.concat([parentOf(destination), Buffer.from(`/.srunx-${randomHex(10)}.tmp`)]);
  await symlink(linkTo, temporary);
  await rename(temporary, destination);
  return 'copied';
}
