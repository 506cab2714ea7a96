import { realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/**
 * A path with all links of it resolved, as far as it is there: what comes behind its last part that exists stays as it is
 * written. A link that leads to nothing counts as not there.
 */
export function resolvePath(path: string): string {
  return realPath(resolve(path));
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const above = dirname(path);
    if (above === path || !['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG'].includes(code)) throw error;
    return resolve(realPath(above), basename(path));
  }
}
