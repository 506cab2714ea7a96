import { BugError } from '../errors.ts';
import { isWithin, normalizePath } from '../remote/remote-path.ts';

/** The two ends of a mount: full paths, all links of the local one resolved. */
export interface MountEnds {
  readonly local: string;
  readonly remote: string;
}

/** The mount that a path of this machine lies in; of several, the innermost. All links of the path are resolved. */
export function mountOf<Mount extends MountEnds>(mounts: readonly Mount[], localPath: string): Mount | undefined {
  return innermost(mounts, { path: normalizePath(localPath), rootOf: ({ local }) => normalizePath(local) });
}

/** The same for a path of the cluster, of which only the text is known. Of two with the same directory there, the first. */
export function remoteMountOf<Mount extends MountEnds>(
  mounts: readonly Mount[],
  remotePath: string,
): Mount | undefined {
  return innermost(mounts, { path: normalizePath(remotePath), rootOf: ({ remote }) => normalizePath(remote) });
}

interface Search<Mount> {
  readonly path: string;
  readonly rootOf: (mount: Mount) => string;
}

function innermost<Mount>(mounts: readonly Mount[], { path, rootOf }: Search<Mount>): Mount | undefined {
  const around = mounts.filter((mount) => isWithin(path, rootOf(mount)));
  return around.reduce<Mount | undefined>(
    (best, mount) => (best === undefined || rootOf(mount).length > rootOf(best).length ? mount : best),
    undefined,
  );
}

/** Where a path of this machine is on the cluster; the root itself without `/` at its end. */
export function toRemote({ local, remote }: MountEnds, localPath: string): string {
  return moved(normalizePath(localPath), { from: normalizePath(local), to: normalizePath(remote) });
}

/** Where a path of the cluster is on this machine. */
export function toLocal({ local, remote }: MountEnds, remotePath: string): string {
  return moved(normalizePath(remotePath), { from: normalizePath(remote), to: normalizePath(local) });
}

function moved(path: string, { from, to }: { readonly from: string; readonly to: string }): string {
  if (!isWithin(path, from)) throw new BugError(`${path} does not lie in ${from}`, { code: 'bug.mount_path' });
  return normalizePath(`${to}/${path.slice(from.length)}`);
}
