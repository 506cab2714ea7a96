import { LocalShell } from '../shell/local-shell.ts';
import { textOf } from './run-rsync.ts';

/**
 * What git leaves out below a directory, as patterns of rsync: each is one path, and no name in it is taken for a pattern. Nothing where it
 * is no part of a repository. git itself is asked, because rsync understands its files in another way.
 */
export async function readIgnored(directory: string, signal?: AbortSignal): Promise<readonly string[]> {
  await using shell = new LocalShell({ name: 'this machine', env: process.env });
  const words = ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory'];
  const argv = ['git', '-c', 'core.fsmonitor=false', '-C', directory, ...words] as const;
  const { exitCode, stdout } = await shell.run({ argv: [...argv], signal, timeoutMs: 60_000 });
  return exitCode === 0 ? textOf(stdout).split('\0').filter(Boolean).map(patternOf) : [];
}

/** Only in a pattern with a wildcard does a backslash stand for what follows it. */
function patternOf(path: string): string {
  return `/${/[*?[]/.test(path) ? path.replace(/[*?[\]\\]/g, '\\$&') : path}`;
}
