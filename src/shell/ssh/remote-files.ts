import { posix } from 'node:path';
import { quoteWords } from '../../core/quote.ts';
import { defaultTimeoutMs } from '../command-errors.ts';
import { fileError } from '../file-error.ts';
import { randomHex } from '../random-bytes.ts';
import type {
  CommandBehind,
  FileChunk,
  FileToWrite,
  ReadFileRequest,
  Shell,
  ShellCommand,
  ShellResult,
} from '../shell.ts';
import { renderTar } from './tar-archive.ts';

type Runner = Pick<Shell, 'name' | 'run'>;

const defaultChunkBytes = 1024 * 1024;

const exitMissing = 11;
const exitFailed = 12;

// The file is opened once: size, identity and bytes are of one and the same.
const readScript = `LC_ALL=C; export LC_ALL
if [ -d "$1" ]; then echo "$1: Is a directory" >&2; exit ${exitFailed}; fi
if ! [ -e "$1" ]; then
  case $(ls -d -- "$1" 2>&1) in *'ermission denied'*) echo "$1: Permission denied" >&2; exit ${exitFailed} ;; esac
  exit ${exitMissing}
fi
if ! [ -f "$1" ]; then stat -L -c '0 %d:%i 0' -- "$1"; exit; fi
exec 4<"$1" || exit ${exitFailed}
facts=$(stat -L -c '%s %d:%i' /dev/fd/4) || facts=$(stat -L -f '%z %d:%i' /dev/fd/4) || exit ${exitFailed}
size=\${facts%% *}
offset=$2
if [ "$offset" -lt 0 ]; then offset=$((size + offset)); if [ "$offset" -lt 0 ]; then offset=0; fi; fi
count=$((size - offset))
if [ "$count" -gt "$3" ]; then count=$3; fi
echo "$facts $offset"
if [ "$count" -gt 0 ]; then tail -c "+$((offset + 1))" <&4 | head -c "$count"; fi`;

/** As `Shell.readFile`. */
export async function readRemoteFile(
  shell: Runner,
  { path, offset = 0, maxBytes = defaultChunkBytes, signal }: ReadFileRequest,
): Promise<FileChunk | undefined> {
  const argv = ['sh', '-c', readScript, 'sh', path, `${offset}`, `${maxBytes}`] as const;
  const result = await shell.run({ argv: [...argv], together: true, signal, maxBytes: maxBytes + 1024 });
  if (result.exitCode === exitMissing) return undefined;
  if (result.exitCode !== 0) throw remoteFileError(result, { path, shell: shell.name });
  const bytes = Buffer.from(result.stdout);
  const end = bytes.indexOf('\n');
  const [size, fileId = '', start] = bytes.subarray(0, end).toString().split(' ');
  return { bytes: bytes.subarray(end + 1), offset: Number(start), size: Number(size), fileId };
}

const failedMark = 'srunx-failed:';

// Arguments: a name for temporary directories, then of each group its directory. The archive on standard input has, below the number of
// each group, its files, and beside it their names.
const writeScript = `LC_ALL=C; export LC_ALL
umask 077
temporary=.srunx-$1.tmp; shift
first=$1
fail() { echo "${failedMark}$1" >&2; exit ${exitFailed}; }
trap 'rm -rf -- "$first/$temporary" "$directory/$temporary"' EXIT
for directory; do
  [ -d "$directory" ] || mkdir -p -- "$directory" || fail "$directory"
done
directory=$first
mkdir -- "$first/$temporary" || fail "$first"
tar -xpof - -C "$first/$temporary" || fail "$first"
device=$(stat -L -c %d -- "$first")
group=0
for directory; do
  from=$first/$temporary/$group
  if [ "$(stat -L -c %d -- "$directory")" != "$device" ]; then
    mkdir -- "$directory/$temporary" && cp -Rp -- "$from/." "$directory/$temporary" || fail "$directory"
    from=$directory/$temporary
  fi
  (cd -- "$from" && xargs -0 mv -f -t "$directory" -- <"$first/$temporary/$group.names") || fail "$directory"
  group=$((group + 1))
done`;

/** As `Shell.writeFiles`: in one command, however many they are. */
export async function writeRemoteFiles(
  shell: Runner,
  files: readonly FileToWrite[],
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<void> {
  signal?.throwIfAborted();
  if (files.length === 0) return;
  const result = await shell.run({ ...writing(files), timeoutMs: writeMs, signal });
  if (result.exitCode !== 0) throw notWritten(result, { files, shell: shell.name });
}

/** As `Shell.writeAndRun`. */
export async function writeAndRunRemotely(
  shell: Runner,
  files: readonly FileToWrite[],
  command: CommandBehind,
): Promise<ShellResult> {
  const { signal, timeoutMs = defaultTimeoutMs } = command;
  signal?.throwIfAborted();
  const mark = `srunx-${randomHex(16)}`;
  const { argv, stdin } = writing(files);
  // What it says of itself stands at the end: the other command may exit with any code, and say anything.
  const script = `${quoteWords(argv)} || { srunx_code=$?; printf %s ${mark} >&2; exit "$srunx_code"; }
exec ${quoteWords(command.argv)} </dev/null`;
  if (files.length === 0 || Buffer.byteLength(script) > mostBytes) {
    await writeRemoteFiles(shell, files, { signal });
    return shell.run(command);
  }
  const result = await shell.run({ ...command, argv: ['sh', '-c', script], stdin, timeoutMs: writeMs + timeoutMs });
  const said = Buffer.from(result.stderr);
  if (!said.subarray(-mark.length).equals(Buffer.from(mark))) return result;
  throw notWritten({ stderr: said.subarray(0, -mark.length) }, { files, shell: shell.name });
}

const writeMs = 600_000;

/** One argument may have 128 KiB. */
const mostBytes = 120_000;

function writing(files: readonly FileToWrite[]): Pick<ShellCommand, 'argv'> & { readonly stdin: Uint8Array } {
  // The last one says that the set is complete, so it comes last.
  const rest = Map.groupBy(files.slice(0, -1), ({ path }) => posix.dirname(path));
  const last = files.slice(-1).map((file) => [posix.dirname(file.path), [file]] as const);
  const groups = [...rest, ...last];
  const encoder = new TextEncoder();
  const archive = groups.flatMap(([, ofGroup], group) => {
    const named = new Map(ofGroup.map((file) => [posix.basename(file.path), file]));
    const names = encoder.encode([...named.keys()].join('\0'));
    return [
      { name: `${group}.names`, content: names, mode: 0o600 },
      ...[...named].map(([name, { content, mode = 0o600 }]) => {
        return {
          name: `${group}/${name}`,
          content: typeof content === 'string' ? encoder.encode(content) : content,
          mode,
        };
      }),
    ];
  });
  const argv = ['sh', '-c', writeScript, 'sh', randomHex(6), ...groups.map(([directory]) => directory)] as const;
  return { argv: [...argv], stdin: renderTar(archive, Math.floor(Date.now() / 1000)) };
}

function notWritten(
  result: Pick<ShellResult, 'stderr'>,
  { files, shell }: { readonly files: readonly FileToWrite[]; readonly shell: string },
): unknown {
  const failed = new RegExp(`^${failedMark}(.*)`, 'm').exec(new TextDecoder().decode(result.stderr))?.[1];
  const path = failed ?? files[0]?.path ?? '';
  return remoteFileError(result, { path, shell, ifUnwritable });
}

const ifUnwritable = 'Make it writable, or keep runs in another directory, with `run_dir` of the profile.';

const codes: readonly (readonly [string, RegExp])[] = [
  ['ENOSPC', /No space left on device/],
  ['EDQUOT', /quota exceeded/i],
  ['EROFS', /Read-only file system/],
  ['EACCES', /Permission denied|Operation not permitted/],
];

function remoteFileError(
  { stderr }: Pick<ShellResult, 'stderr'>,
  facts: { readonly path: string; readonly shell: string; readonly ifUnwritable?: string },
): unknown {
  const words = new TextDecoder()
    .decode(stderr)
    .replace(new RegExp(`^${failedMark}.*\n`, 'm'), '')
    .trim();
  const code = codes.find(([, sign]) => sign.test(words))?.[0] ?? 'EIO';
  return fileError(Object.assign(new Error(words), { code }), facts);
}
