import { RefusedError, StorageError, UsageError } from '../core/errors.ts';
import { dangerOf, normalizePath } from '../core/remote/remote-path.ts';
import type { Shell } from '../shell/shell.ts';
import { textOf } from './run-rsync.ts';

/** An absolute path; what does not begin with `/` is below the home of the account. */
export function resolveRemote(path: string, home: string): string {
  if (path === '' || path.includes('\0')) {
    throw new UsageError('a remote path is empty, or has a NUL in it', {
      code: 'usage.remote_path',
      hint: 'Name a file or a directory; `~` is the home of the account.',
    });
  }
  if (path === '~' || path.startsWith('~/')) return `${home}${path.slice(1)}`;
  if (path.startsWith('~')) {
    throw new UsageError(`\`${path}\` begins with the home of somebody else`, {
      code: 'usage.remote_path',
      hint: 'Give the full path, or `./` before a name that begins with `~`.',
    });
  }
  return path.startsWith('/') ? path : `${home}/${path}`;
}

/** A mirror removes what it does not know: it must not begin at a home, or at what is not the user's alone. */
export function requireSafeMirror(
  destination: string,
  { home, user }: { readonly home: string; readonly user: string },
): void {
  const place = normalizePath(destination);
  const isAbove = `${normalizePath(home)}/`.startsWith(place === '/' ? '/' : `${place}/`);
  const danger = isAbove ? `the home of ${user} is in ${place}` : dangerOf(place, user);
  if (danger === undefined && !destination.split('/').includes('..')) return;
  throw new RefusedError(`nothing is removed in ${destination}: ${danger ?? 'the path goes up with `..`'}`, {
    code: 'sync.unsafe_mirror',
    hint: 'Name a directory of the project alone, or leave `delete` out.',
  });
}

/** For an rsync that makes only the last directory of a path. */
export async function makeRemoteDirectory(
  shell: Pick<Shell, 'run' | 'name'>,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const result = await shell.run({ argv: ['mkdir', '-p', '--', path], signal });
  if (result.exitCode === 0) return;
  throw new StorageError(`${path} cannot be made on ${shell.name}`, {
    code: 'sync.no_directory',
    detail: textOf(result.stderr).trim(),
    hint: 'Check the path, the permissions above it, and the space.',
  });
}
