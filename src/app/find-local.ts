import { existsSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { NotFoundError, RefusedError, UsageError } from '../core/errors.ts';
import type { ProfileFields } from '../core/remote/profile.ts';
import { resolvePath } from '../sync/resolve-path.ts';
import type { AppContext } from './app-context.ts';
import { expandHome } from './ssh-hosts.ts';

/** A directory of this machine for a mount, with all links resolved. */
export function findLocal({ cwd, env }: Pick<AppContext, 'cwd' | 'env'>, word: string): string {
  if (word === '' || /\p{Cc}/u.test(word)) {
    throw new UsageError(`${JSON.stringify(word)} is no directory`, {
      code: 'usage.mount_local',
      hint: 'Name a directory of this machine; `.` is the current one.',
    });
  }
  const home = env['HOME'] ?? '';
  const path = resolve(cwd, expandHome(word, home));
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    throw new NotFoundError(`there is no directory ${path}`, {
      code: 'ssh.no_directory',
      hint: 'Make it first, or name another one.',
    });
  }
  const local = realpathSync(path);
  if (local !== '/' && local !== resolve(home)) return local;
  throw new RefusedError(`${local} holds more than a project, keys and passwords too`, {
    code: 'ssh.mount_local',
    hint: 'Name the directory of the project.',
  });
}

/** The same for a path of the configuration, whose directory may be gone. */
export function resolveLocal({ env }: Pick<AppContext, 'env'>, local: string): string {
  return resolvePath(expandHome(local, env['HOME'] ?? ''));
}

/** Files that a profile names, and that are not there: ssh would pass over them in silence. */
export function missingFiles({ env }: Pick<AppContext, 'env'>, fields: ProfileFields): readonly string[] {
  const named = [fields.key_filename, fields.ssh_config].flatMap((file) => file ?? []);
  return named.filter((file) => !existsSync(expandHome(file, env['HOME'] ?? '')));
}
