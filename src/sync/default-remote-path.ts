import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { collectOutput } from '../shell/collect-output.ts';
import { startProcess } from '../shell/start-process.ts';

/**
 * Where a project goes that nobody has named a place for: by its name, and by where it is, because two of one name are two. The project
 * is the working tree of git around the path, or its directory.
 */
export async function defaultRemotePath(path: string): Promise<string> {
  const real = await realpath(path).catch(() => path);
  const isDirectory = (await stat(real).catch(() => undefined))?.isDirectory() ?? true;
  const directory = isDirectory ? real : dirname(real);
  const root = (await gitRoot(directory)) ?? directory;
  const name = basename(root);
  if (name === '') {
    throw new UsageError(`${root} has no name to be called by on the cluster`, {
      code: 'usage.project_name',
      hint: 'Name the remote directory.',
    });
  }
  const mark = createHash('sha256').update(root).digest('hex').slice(0, 8);
  return `~/.config/srunx/workspace/${name}-${mark}/`;
}

async function gitRoot(directory: string): Promise<string | undefined> {
  const argv = ['git', '-C', directory, 'rev-parse', '--show-toplevel'] as const;
  // What hooks of git say of theirs is not meant.
  const env = { GIT_DIR: undefined, GIT_WORK_TREE: undefined };
  const started = startProcess({ argv, env, timeoutMs: 5_000 }, { env: process.env, shell: 'this machine' });
  const stdout = collectOutput(started.stdout, 65_536);
  started.stderr.resume();
  const end = await started.ended.catch(() => ({ exitCode: null }));
  const root = Buffer.from(stdout.bytes()).toString().replace(/\n$/, '');
  return end.exitCode === 0 && root.startsWith('/') ? root : undefined;
}
