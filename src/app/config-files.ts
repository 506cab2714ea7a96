import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StorageError } from '../core/errors.ts';
import type { AppContext } from './app-context.ts';

export type ConfigScope = 'system' | 'user' | 'project';

/** A file of the configuration, the lowest first. */
export interface ConfigFile {
  readonly scope: ConfigScope;
  readonly path: string;
  /** Beside the user's file: keys that the reference would drop when it saves. */
  readonly isExtra: boolean;
}

type Places = Pick<AppContext, 'env' | 'cwd' | 'configDir'>;

/** All places that are looked into, in the order of their precedence, whether there is a file or not. */
export function configFiles(context: Places): readonly ConfigFile[] {
  const user = userFile(context);
  return [
    { scope: 'system', path: '/etc/srunx/config.json', isExtra: false },
    { scope: 'user', path: user, isExtra: false },
    { scope: 'user', path: join(dirname(user), 'extra.json'), isExtra: true },
    { scope: 'project', path: projectFile(context), isExtra: false },
  ];
}

function userFile({ env, cwd, configDir }: Places): string {
  return env['SRUNX_CONFIG'] ? resolve(cwd, env['SRUNX_CONFIG']) : join(configDir, 'config.json');
}

/** The nearest one up to the root of the repository; outside of a repository, the one of this directory alone. */
function projectFile({ cwd }: Places): string {
  const name = 'srunx.json';
  const root = repositoryOf(cwd) ?? cwd;
  for (let directory = cwd; ; directory = dirname(directory)) {
    if (existsSync(join(directory, name))) return join(directory, name);
    if (directory === root) return join(cwd, name);
  }
}

function repositoryOf(directory: string): string | undefined {
  if (existsSync(join(directory, '.git'))) return directory;
  const above = dirname(directory);
  return above === directory ? undefined : repositoryOf(above);
}

/** The text of a file; `undefined` where there is none. A file that cannot be read is an error: it may hold a safety switch. */
export function readConfigText(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StorageError(`the configuration file ${path} cannot be read`, {
      code: 'config.unreadable',
      detail: error instanceof Error ? error.message : String(error),
      hint: 'Make it readable, or move it away.',
      cause: error,
    });
  }
}
