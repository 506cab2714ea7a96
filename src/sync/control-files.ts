import { posix } from 'node:path';
import { BugError, RefusedError, StorageError, UsageError } from '../core/errors.ts';
import type { Shell, ShellResult } from '../shell/shell.ts';
import { textOf } from './run-rsync.ts';

/**
 * Small files beside those of a project, that say something of them. Whoever else may write there must not make us read or change
 * anything but these: links are never followed, and what decides about other files counts only from the account's own hand. Each of
 * these functions is one execution.
 */
export interface ControlFileOptions {
  /** Absolute. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}

type Runner = Pick<Shell, 'run' | 'name'>;

const mostBytes = 256 * 1024 * 1024;

/** A file that cannot be looked for is not one that is absent. */
const lookScript = `LC_ALL=C; export LC_ALL
is_absent() {
  [ -e "$1" ] && return 1
  [ -L "$1" ] && return 0
  case $(ls -d -- "$1" 2>&1) in *'o such file'* | *'ot a directory'*) return 0 ;; esac
  echo "$1: cannot be looked at" >&2; exit 1
}`;

const readScript = `${lookScript}
if [ -L "$1" ]; then exit 13; fi
is_absent "$1" && exit 12
[ -f "$1" ] || exit 12
if [ -n "$2" ]; then
  set -- "$1" $(ls -ldn -- "$1") || exit 1
  [ "$4" = "$(id -u)" ] || exit 14
fi
cat -- "$1"`;

/** `null`: there is no regular file of that name. Rejects for a link, and for a file of somebody else's where that matters. */
export async function readControlFile(
  shell: Runner,
  { path, requireOwned, signal }: ControlFileOptions & { readonly requireOwned: boolean },
): Promise<string | null> {
  const argv = ['sh', '-c', readScript, 'sh', path, requireOwned ? 'owned' : ''] as const;
  const result = await shell.run({ argv, signal, maxBytes: mostBytes });
  if (result.exitCode === 12) return null;
  if (result.exitCode === 13) throw isLink(path, shell);
  if (result.exitCode === 14) {
    throw new RefusedError(`${path} on ${shell.name} belongs to another account`, {
      code: 'sync.foreign_file',
      hint: 'Ask its owner, or remove it if it is not theirs to write.',
    });
  }
  if (result.exitCode !== 0 || result.truncated) throw failed(result, `${path} on ${shell.name} cannot be read`);
  return textOf(result.stdout);
}

const hashScript = `${lookScript}
is_absent "$1" && exit 10
[ -f "$1" ] || { echo "$1: is no regular file" >&2; exit 1; }
if command -v sha256sum >/dev/null 2>&1; then sha256sum <"$1"
elif command -v shasum >/dev/null 2>&1; then shasum -a 256 <"$1"
else exit 11; fi`;

/** `null`: there is no such file, or nothing there that could tell. */
export async function hashRemoteFile(shell: Runner, { path, signal }: ControlFileOptions): Promise<string | null> {
  const argv = ['sh', '-c', hashScript, 'sh', path] as const;
  const result = await shell.run({ argv, signal, timeoutMs: 3_600_000 });
  if (result.exitCode === 10 || result.exitCode === 11) return null;
  const hash = /^[0-9a-f]{64}(?![0-9a-f])/i.exec(textOf(result.stdout))?.[0];
  if (result.exitCode !== 0 || hash === undefined) {
    throw failed(result, `the content of ${path} on ${shell.name} cannot be told`);
  }
  return hash.toLowerCase();
}

// The content goes into a directory that nobody else can write, is given its name by renaming, and what has that name then is looked
// at once more. Nothing is removed but what was made here, and never through a path that somebody may have exchanged.
const writeScript = `LC_ALL=C; export LC_ALL
target=$1 parent=$2 mode=$3
[ ! -L "$target" ] || exit 3
[ ! -d "$target" ] || exit 4
private=$parent/.srunx-write.$$
mkdir -m 700 -- "$private" || exit 5
cd -- "$private" || exit 5
set -- $(ls -ldn .)
[ "$3" = "$(id -u)" ] || exit 5
file=
leave() {
  [ -z "$file" ] || rm -f -- "$file"
  cd / && rmdir -- "$private"
  exit "$1"
}
file=$(mktemp ./w.XXXXXX) || { file=; leave 5; }
chmod "$mode" "$file" || leave 9
cat >"$file" || leave 6
[ ! -L "$target" ] && [ ! -d "$target" ] || leave 3
if mv --version >/dev/null 2>&1; then mv -fT -- "$file" "$target" || leave 7
else mv -f -- "$file" "$target" || leave 7; fi
file=
cd / && rmdir -- "$private"
[ -f "$target" ] && [ ! -L "$target" ] || exit 8`;

const writeProblems: Readonly<Record<number, string>> = {
  4: 'is a directory',
  5: 'could not be written: no private directory can be made beside it',
  6: 'could not be written',
  7: 'could not be replaced',
  8: 'was replaced by something else at the same moment',
  9: 'could not be given its permissions',
};

/** It has the new content or keeps the old one. The directory must be there. */
export async function writeControlFile(
  shell: Runner,
  { path, content, mode, signal }: ControlFileOptions & { readonly content: string; readonly mode: string },
): Promise<void> {
  if (!path.startsWith('/')) throw new BugError(`${path} is no full path`, { code: 'bug.control_path' });
  if (!/^[0-7]{3}$/.test(mode)) {
    throw new UsageError(`\`${mode}\` are no permissions`, {
      code: 'usage.mode',
      hint: 'Give three digits, such as 644.',
    });
  }
  const argv = ['sh', '-c', writeScript, 'sh', path, posix.dirname(path), mode] as const;
  const result = await shell.run({ argv, stdin: content, signal });
  if (result.exitCode === 0) return;
  if (result.exitCode === 3) throw isLink(path, shell);
  const what = writeProblems[result.exitCode ?? -1] ?? 'could not be written';
  throw failed(result, `${path} on ${shell.name} ${what}`);
}

function isLink(path: string, { name }: Runner): RefusedError {
  return new RefusedError(`${path} on ${name} is a symbolic link, which srunx does not follow there`, {
    code: 'sync.link',
    hint: 'See where it leads and who made it, then remove it.',
  });
}

function failed({ exitCode, signalName, stderr }: ShellResult, message: string): StorageError {
  const words = textOf(stderr).trim();
  const end = `exit code ${exitCode ?? signalName}`;
  return new StorageError(message, {
    code: 'sync.control_file',
    detail: words === '' ? end : `${words} (${end})`,
    hint: 'Check the directory there: its permissions, the space and the quota.',
  });
}
