import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { collectOutput } from './collect-output.ts';
import { fileError } from './file-error.ts';
import type {
  CommandBehind,
  FileChunk,
  FileToWrite,
  ReadFileRequest,
  Shell,
  ShellCommand,
  ShellResult,
  ShellStream,
} from './shell.ts';
import { startProcess } from './start-process.ts';
import { writeFilesAtomically } from './write-files.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const defaultMaxBytes = 64 * 1024 * 1024;
const maxStreamStderrBytes = 64 * 1024;
const defaultChunkBytes = 1024 * 1024;

/** Commands as child processes of ours. */
export class LocalShell implements Shell {
  readonly name: string;
  readonly isRemote = false;
  readonly #env: Environment;

  constructor({ name, env }: { readonly name: string; readonly env: Environment }) {
    this.name = name;
    this.#env = env;
  }

  async run(command: ShellCommand): Promise<ShellResult> {
    const maxBytes = command.maxBytes ?? defaultMaxBytes;
    const started = startProcess(command, { env: this.#env, shell: this.name });
    const stdout = collectOutput(started.stdout, maxBytes);
    const stderr = collectOutput(started.stderr, maxBytes);
    const end = await started.ended;
    return { ...end, stdout: stdout.bytes(), stderr: stderr.bytes(), truncated: stdout.isCut || stderr.isCut };
  }

  stream(command: ShellCommand): ShellStream {
    const started = startProcess(command, { env: this.#env, shell: this.name });
    const stderr = collectOutput(started.stderr, maxStreamStderrBytes);
    const result = started.ended.then(
      (end): ShellResult => ({ ...end, stdout: new Uint8Array(), stderr: stderr.bytes(), truncated: stderr.isCut }),
    );
    // Whoever reads the output to its end hears of a failure there.
    result.catch(() => undefined);
    return {
      result,
      async *[Symbol.asyncIterator]() {
        try {
          yield* readToEnd(started.stdout);
          await result;
        } finally {
          // Whoever leaves the loop early wants no more of it.
          started.stop();
        }
      },
      async [Symbol.asyncDispose]() {
        started.stop();
        await Promise.allSettled([result]);
      },
    };
  }

  async readFile({ path, offset = 0, maxBytes = defaultChunkBytes, signal }: ReadFileRequest) {
    signal?.throwIfAborted();
    try {
      // A log may be a pipe, and opening one waits for its writer unless told not to.
      await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      return await readChunk(file, { offset, maxBytes });
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
        return undefined;
      }
      throw fileError(error, { path, shell: this.name });
    }
  }

  writeFiles(
    files: readonly FileToWrite[],
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    return writeFilesAtomically(files, { ...options, shell: this.name });
  }

  async writeAndRun(files: readonly FileToWrite[], command: CommandBehind): Promise<ShellResult> {
    await this.writeFiles(files, { signal: command.signal });
    return this.run(command);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Every command is waited for by its caller: nothing is left open.
  }
}

/** What the size says at the time of opening is what is read: a file that grows meanwhile has a next chunk. */
async function readChunk(
  file: FileHandle,
  wanted: { readonly offset: number; readonly maxBytes: number },
): Promise<FileChunk> {
  const { size, dev, ino } = await file.stat();
  const offset = wanted.offset < 0 ? Math.max(0, size + wanted.offset) : wanted.offset;
  const bytes = new Uint8Array(Math.max(0, Math.min(wanted.maxBytes, size - offset)));
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, offset + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return { bytes: bytes.subarray(0, length), offset, size, fileId: `${dev}:${ino}` };
}

/** The chunks of a stream; one that was closed from our side merely ends, the reason is told elsewhere. */
async function* readToEnd(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
  }
}
