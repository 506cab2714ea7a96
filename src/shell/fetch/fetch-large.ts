import { type SrunxError, StorageError } from '../../core/errors.ts';
import type { FileFacts } from '../list-files.ts';
import type { Shell, ShellCommand, ShellResult } from '../shell.ts';
import { PartialFile, type Placing, partialPath } from './partial-file.ts';

export interface LargeFile {
  /** Absolute, where the shell reaches. */
  readonly path: Buffer;
  readonly facts: FileFacts;
  /** Whether it may be a symbolic link. */
  readonly follow: boolean;
}

export interface LargeOptions extends Omit<Placing, 'modifiedAt'> {
  readonly signal: AbortSignal;
  /** `undefined`: what came before does not count any more. */
  readonly onBytes: (bytes: number | undefined) => void;
}

/** `vanished`: the source is gone. `grew`: copied as it was at the beginning. */
export type LargeOutcome = 'copied' | 'grew' | 'exists' | 'vanished';

const exitMissing = 11;
const exitFailed = 12;
const exitOther = 13;

// The name comes on standard input, because an argument has to be UTF-8. The file is opened once: facts and bytes are of one and the same.
const script = `LC_ALL=C; export LC_ALL
path=$(cat; echo x); path=\${path%x}
if [ "$1" = no ] && [ -h "$path" ]; then exit ${exitMissing}; fi
if ! [ -e "$path" ]; then
  case $(ls -d -- "$path" 2>&1) in *'ermission denied'*) echo "Permission denied" >&2; exit ${exitFailed} ;; esac
  exit ${exitMissing}
fi
if ! [ -f "$path" ]; then exit ${exitOther}; fi
exec 4<"$path" || exit ${exitFailed}
look() { stat -L -c '%s %.9Y %d:%i' /dev/fd/4; }
facts=$(look) || exit ${exitFailed}
start=0; digest=-
if [ "$facts" = "$2" ] && [ "$3" -gt 0 ]; then
  start=$3
  digest=$(head -c "$start" </dev/fd/4 | sha256sum)
  digest=\${digest%% *}
fi
count=$((\${facts%% *} - start))
echo "$facts $start $digest"
if [ "$start" -gt 0 ]; then tail -c "+$((start + 1))" <&4 | head -c "$count"; else head -c "$count" <&4; fi
look >&2`;

/** So often is a file tried that changes while it is read. */
const mostAttempts = 3;

/**
 * Copies one file to this machine, with its time and permissions. What came stays, where the rest does not; the next time only that is
 * read, if the source is still the same file with the same size and time, and what is here is its beginning.
 */
export async function fetchLarge(shell: Reader, file: LargeFile, options: LargeOptions): Promise<LargeOutcome> {
  let fresh = false;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await tryOnce(shell, { ...file, fresh }, options);
    if (outcome !== 'changed' && outcome !== 'spoilt') return outcome;
    options.onBytes(undefined);
    fresh = outcome === 'spoilt';
    if (attempt === mostAttempts) throw changing(file.path.toString());
  }
}

type Reader = Pick<Shell, 'stream' | 'name'>;

interface Attempt extends LargeFile {
  /** Whatever there is of it. */
  readonly fresh: boolean;
}

/** `spoilt`: what is here is not its beginning. */
async function tryOnce(
  shell: Reader,
  file: Attempt,
  options: LargeOptions,
): Promise<LargeOutcome | 'changed' | 'spoilt'> {
  const { signal } = options;
  const place = { path: file.path.toString(), shell: shell.name };
  await using partial = await PartialFile.open(partialPath(options.destination, file));
  if (file.fresh || partial.length > file.facts.bytes) partial.restart();
  const ours = partial.length > 0 ? partial.digest(signal) : undefined;
  ours?.catch(() => undefined);
  await using stream = shell.stream({ argv: argvFor(file, partial.length), stdin: file.path, signal });
  const { header, rest } = await readHeader(stream);
  if (header === undefined) {
    const end = await stream.result;
    if (partial.length === 0 || end.exitCode === exitMissing) await partial.discard();
    return failureOf(end, place);
  }
  const { facts, start, digest } = parseHeader(header);
  // What lies on our disk may have suffered, by a loss of power for example.
  if (start > 0 && digest !== (await ours)) return 'spoilt';
  const source = { facts, start, chunks: rest, end: stream.result, place };
  if (isEqual(facts, file.facts)) return await receive(partial, source, options);
  await partial.discard();
  await using other = await PartialFile.open(partialPath(options.destination, { path: file.path, facts }));
  return await receive(other, source, options);
}

interface Source {
  readonly facts: FileFacts;
  /** What is here already. */
  readonly start: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly end: Promise<Pick<ShellResult, 'stderr' | 'exitCode'>>;
  readonly place: Failed;
}

async function receive(
  partial: PartialFile,
  { facts, start, chunks, end, place }: Source,
  options: LargeOptions,
): Promise<LargeOutcome | 'changed'> {
  if (start === 0) partial.restart();
  for await (const chunk of chunks) {
    await partial.append(chunk);
    options.onBytes(chunk.length);
  }
  const { stderr, exitCode } = await end;
  // Something has ended it there: what came is good.
  if (exitCode !== 0) return failureOf({ stderr, exitCode }, place);
  const now = parseFacts(Buffer.from(stderr).toString().trim().split('\n').at(-1) ?? '');
  if (partial.length !== facts.bytes || now === undefined || isOther(now, facts)) {
    await partial.discard();
    return 'changed';
  }
  const placed = await partial.finish({ ...options, modifiedAt: Number(facts.modifiedAt) });
  if (placed === 'exists') await partial.discard();
  return placed === 'copied' && now.bytes > facts.bytes ? 'grew' : placed;
}

function isEqual(one: FileFacts, other: FileFacts): boolean {
  return one.bytes === other.bytes && one.modifiedAt === other.modifiedAt && one.fileId === other.fileId;
}

function argvFor({ follow, facts }: LargeFile, length: number): ShellCommand['argv'] {
  const text = `${facts.bytes} ${facts.modifiedAt} ${facts.fileId}`;
  return ['sh', '-c', script, 'sh', follow ? 'yes' : 'no', text, `${length}`];
}

/** More of it is no other file: a log has its lines in order. */
function isOther(now: FileFacts, before: FileFacts): boolean {
  return now.bytes < before.bytes || (now.bytes === before.bytes && now.modifiedAt !== before.modifiedAt);
}

/** The first line, and what stands behind it. */
async function readHeader(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ readonly header: string | undefined; readonly rest: AsyncIterable<Uint8Array> }> {
  const chunks = stream[Symbol.asyncIterator]();
  let held = Buffer.alloc(0);
  for (;;) {
    const { value, done } = await chunks.next();
    if (done === true) return { header: undefined, rest: stream };
    held = Buffer.concat([held, value]);
    const end = held.indexOf('\n');
    if (end < 0) continue;
    const first = held.subarray(end + 1);
    const rest = async function* () {
      if (first.length > 0) yield first;
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
    };
    return { header: held.subarray(0, end).toString(), rest: rest() };
  }
}

function parseHeader(line: string): { readonly facts: FileFacts; readonly start: number; readonly digest: string } {
  const [bytes, modifiedAt = '', fileId = '', start, digest = '-'] = line.split(' ');
  return { facts: { bytes: Number(bytes), modifiedAt, fileId }, start: Number(start), digest };
}

function parseFacts(line: string): FileFacts | undefined {
  const [, bytes, modifiedAt = '', fileId = ''] = /^(\d+) (-?\d+\.\d+) (\d+:\d+)$/.exec(line) ?? [];
  return bytes === undefined ? undefined : { bytes: Number(bytes), modifiedAt, fileId };
}

interface Failed {
  readonly path: string;
  readonly shell: string;
}

function failureOf(
  { exitCode, stderr }: { readonly exitCode: number | null; readonly stderr: Uint8Array },
  { path, shell }: Failed,
): 'vanished' {
  if (exitCode === exitMissing) return 'vanished';
  const said = Buffer.from(stderr).toString().trim();
  throw new StorageError(`${path} on ${shell} cannot be read`, {
    code: 'get.unreadable',
    detail: exitCode === exitOther ? 'It is no regular file any more.' : said,
    hint: 'Look at it there.',
  });
}

function changing(path: string): SrunxError {
  return new StorageError(`${path} changes while it is copied`, {
    code: 'get.changing',
    hint: 'Copy it when the job does not write to it.',
  });
}
