import { readdirSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { isPattern, partMatcher } from '../core/job/file-pattern.ts';
import type { FileFacts } from '../core/job/files-shell.ts';
import type { FileFinder } from '../core/workflow/plan-files.ts';
import type { AppContext } from './app-context.ts';

/** For a plan: what is there on this machine. */
export function createFileFinder({ cwd }: Pick<AppContext, 'cwd'>): FileFinder {
  const known = new Map<string, boolean>();
  return {
    resolve: (directory, path) => resolve(cwd, directory ?? '.', path),
    exists(path) {
      // Many jobs of a matrix read the same.
      const found = known.get(path) ?? expandPattern(path, '/').length > 0;
      known.set(path, found);
      return found;
    },
  };
}

/** The files that a path or a pattern means, named as it names them: what a shell makes of it in that directory. */
export function expandPattern(pattern: string, directory: string): readonly string[] {
  if (!isPattern(pattern)) return factsOf(wholePath(pattern, directory)) === undefined ? [] : [pattern];
  const [first = '', ...parts] = pattern.split('/');
  // A pattern that begins with a slash has an empty first part.
  let found = isAbsolute(pattern) ? [''] : expandPart('', first, directory);
  for (const part of parts) found = found.flatMap((name) => expandPart(`${name}/`, part, directory));
  return found.filter((name) => factsOf(wholePath(name, directory)) !== undefined);
}

/** With the slash at its end that only a directory may have. */
export function wholePath(name: string, directory: string): string {
  return `${resolve(directory, name)}${name.endsWith('/') ? '/' : ''}`;
}

function expandPart(before: string, part: string, directory: string): readonly string[] {
  if (!isPattern(part)) return [`${before}${part}`];
  const matcher = partMatcher(part);
  return namesIn(resolve(directory, before === '' ? '.' : before))
    .filter((name) => matcher.test(name))
    .map((name) => `${before}${name}`);
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    // None, or one that nobody may read: a shell finds nothing there, either.
    return [];
  }
}

/** As the receipt of a job has them; `undefined` where there is no such file, or none that can be looked at. */
export function factsOf(path: string): FileFacts | undefined {
  try {
    const { size, mtimeNs, ino } = statSync(path, { bigint: true });
    return { size: Number(size), mtime: Number(mtimeNs / 1_000_000_000n), inode: String(ino) };
  } catch {
    return undefined;
  }
}
