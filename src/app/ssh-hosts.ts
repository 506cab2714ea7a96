import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { readHostNames } from '../core/remote/ssh-host-names.ts';
import type { AppContext } from './app-context.ts';
import { readConfigText } from './config-files.ts';

/** As deep as ssh itself goes. */
const maxDepth = 16;

/** Hosts that the user's configuration of ssh, or another one, names without patterns. `undefined`: there is no such file. */
export function sshHosts(context: Pick<AppContext, 'env'>, file?: string): readonly string[] | undefined {
  const home = context.env['HOME'] ?? '';
  const text = readConfigText(file === undefined ? `${home}/.ssh/config` : expandHome(file, home));
  return text === undefined ? undefined : [...new Set(hostsIn(text, { home, depth: 0 }))];
}

function hostsIn(text: string, { home, depth }: { readonly home: string; readonly depth: number }): readonly string[] {
  const { hosts, includes } = readHostNames(text);
  if (depth >= maxDepth) return hosts;
  const further = includes.flatMap((pattern) => globSync(resolve(home, '.ssh', expandHome(pattern, home))).toSorted());
  return [...hosts, ...further.flatMap((path) => hostsIn(readConfigText(path) ?? '', { home, depth: depth + 1 }))];
}

export function expandHome(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? home + path.slice(1) : path;
}
