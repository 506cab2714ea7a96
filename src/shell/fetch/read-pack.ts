import { type FileFacts, splitAtNul } from '../list-files.ts';
import type { Shell, ShellCommand } from '../shell.ts';
import { readTar } from './read-tar.ts';

type Reader = Pick<Shell, 'run' | 'stream'>;

/** A file that came whole. */
export interface PackedFile {
  readonly content: Buffer;
  /** Epoch seconds, with a fraction where that is known. */
  readonly modifiedAt: number;
  /** It had more bytes when it was looked at again. */
  readonly grew: boolean;
}

interface ToRead {
  /** Absolute, byte for byte. */
  readonly path: Buffer;
  readonly facts: FileFacts;
}

interface PackOptions {
  readonly signal: AbortSignal;
  /** As they come; negative where they have to come again. */
  readonly onBytes: (bytes: number) => void;
}

/** What has grown beyond this meanwhile is none of the many small ones. */
const maxBytes = 64 * 1024 * 1024;

const tarWords: ShellCommand['argv'] = [
  ...(['tar', '-c', '-P', '--format=gnu', '--no-recursion', '--hard-dereference', '-b', '128'] as const),
  ...['--null', '--no-unquote', '-T', '-', '-f', '-'],
];

/**
 * Reads many files with one execution. What is not in the answer did not come, or may have changed while it was read: it is to be
 * read by itself.
 */
export async function readPack(
  shell: Reader,
  files: readonly ToRead[],
  { signal, onBytes }: PackOptions,
): Promise<ReadonlyMap<Buffer, PackedFile>> {
  const byName = new Map(files.map((file) => [file.path.toString('latin1'), file]));
  const read = new Map<ToRead, PackedFile>();
  await using stream = shell.stream({ argv: tarWords, stdin: namesOf(files), env: { LC_ALL: 'C' }, signal });
  for await (const { name, isFile, content, modifiedAt } of readTar(stream, maxBytes)) {
    const file = byName.get(name.toString('latin1'));
    if (file === undefined || !isFile) continue;
    onBytes(content.length);
    read.set(file, { content, modifiedAt: withFraction(modifiedAt, content, file.facts), grew: false });
  }
  // Where the connection was lost, the loop has thrown; where the loop was left early, nobody waits for the end.
  const end = await stream.result.catch(() => undefined);
  signal.throwIfAborted();
  // It complains of every file that changed under its hands, and fills up what became shorter.
  const whole = end?.exitCode === 0 ? read : await withoutChanged(shell, read, signal);
  for (const [file, { content }] of read) if (!whole.has(file)) onBytes(-content.length);
  return new Map([...whole].map(([{ path }, packed]) => [path, packed]));
}

function namesOf(files: readonly Pick<ToRead, 'path'>[]): Buffer {
  return Buffer.concat(files.flatMap(({ path }) => [path, Buffer.of(0)]));
}

/** The archive has whole seconds. */
function withFraction(seconds: number, content: Buffer, { bytes, modifiedAt }: FileFacts): number {
  return content.length === bytes && Math.floor(Number(modifiedAt)) === seconds ? Number(modifiedAt) : seconds;
}

const lookWords: ShellCommand['argv'] = [
  ...(['xargs', '-0', '-r', 'sh', '-c'] as const),
  `find -H "$@" -maxdepth 0 -printf '%p\\0%s\\0%T@\\0%D:%i\\0' 2>/dev/null; exit 0`,
  'sh',
];

async function withoutChanged(
  shell: Reader,
  read: ReadonlyMap<ToRead, PackedFile>,
  signal: AbortSignal,
): Promise<ReadonlyMap<ToRead, PackedFile>> {
  const stdin = namesOf([...read.keys()]);
  const { stdout } = await shell.run({ argv: lookWords, stdin, env: { LC_ALL: 'C' }, signal });
  const values = splitAtNul(Buffer.from(stdout));
  const now = new Map<string, { readonly bytes: number; readonly time: number; readonly fileId: string }>();
  for (let at = 0; at + 4 <= values.length; at += 4) {
    const [size, time, fileId = ''] = values.slice(at + 1, at + 4).map(String);
    now.set((values[at] as Buffer).toString('latin1'), { bytes: Number(size), time: Number(time), fileId });
  }
  const kept = new Map<ToRead, PackedFile>();
  for (const [file, packed] of read) {
    const there = now.get(file.path.toString('latin1'));
    if (there === undefined || there.fileId !== file.facts.fileId) continue;
    const grew = there.bytes > packed.content.length;
    const isSame = there.bytes === packed.content.length && Math.floor(there.time) === Math.floor(packed.modifiedAt);
    if (grew || isSame) kept.set(file, { ...packed, grew });
  }
  return kept;
}
