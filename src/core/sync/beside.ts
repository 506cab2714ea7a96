import { posixBase, posixParent } from '../remote/remote-path.ts';

/** What srunx keeps of a directory there lies beside it: in it, it would be sent, mirrored away or taken for the user's. */
export function besideOf(remote: string): string {
  const parent = posixParent(remote);
  return `${parent === '/' ? '' : parent}/.${posixBase(remote)}.srunx`;
}
