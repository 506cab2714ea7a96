import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unsafeDirectory } from './ssh-errors.ts';

/** A short path, because that of a socket may have only a hundred bytes; and private. */
export function socketDirectory(env: NodeJS.ProcessEnv): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  const uid = process.getuid?.() ?? 0;
  const isUsable = runtime?.startsWith('/') === true && runtime.length < 60 && existsSync(runtime);
  const directory = isUsable
    ? join(runtime, 'srunx-ssh')
    : join(tmpdir().length < 40 ? tmpdir() : '/tmp', `srunx-ssh-${uid}`);
  mkdirSync(directory, { mode: 0o700, recursive: true });
  const { mode, uid: owner } = lstatSync(directory);
  const isPrivate =
    lstatSync(directory).isDirectory() && (process.getuid === undefined || owner === uid) && (mode & 0o077) === 0;
  if (!isPrivate) throw unsafeDirectory(directory);
  return directory;
}
