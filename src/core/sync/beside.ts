import { posixBase, posixParent } from '../remote/remote-path.ts';

/** What srunx keeps of a directory there lies beside it: in it, it would be sent, mirrored away or taken for the user's. */
export function besideOf(remote: string): string {
  const parent = posixParent(remote);
  return `${parent === '/' ? '' : parent}/.${posixBase(remote)}.srunx`;
}

/** A new directory in there for what is replaced or removed; of those of a kind, the last by name is the newest. */
export function placeToKeep(directory: string, kind: 'backup' | 'kept', nowMs: number): string {
  return `${besideOf(directory)}/${kind}/${new Date(nowMs).toISOString().replace(/[:.]/g, '-')}`;
}
