/**
 * How a command reaches a machine. Two implementations share this contract (and its test suite): a child process of
 * ours, and a remote account over ssh.
 *
 * Guarantees of every implementation:
 * - Arguments arrive byte for byte; nothing is ever interpreted by a shell on the way.
 * - Output is returned as bytes, standard output and error apart, both read concurrently.
 * - A command that cannot be found is a result with exit code 127, as in a shell, not an exception.
 * - Nothing is retried. On abort or timeout the whole process group is ended and the promise rejects.
 */
export interface Shell extends AsyncDisposable {
  /** For messages: `local`, or the profile's name. */
  readonly name: string;
  /** It leads to another machine, where an account may keep secrets for its jobs; those of this one have the user's variables. */
  readonly isRemote: boolean;
  /** Runs one command to its end. Not retryable by itself: the caller knows whether the command is idempotent. */
  run(command: ShellCommand): Promise<ShellResult>;
  /** Starts a command and yields its standard output as it comes; ends with the exit status. */
  stream(command: ShellCommand): ShellStream;
  /** Part of a file at exact byte offsets; `undefined` when the file does not exist. One open file, one consistent answer. */
  readFile(request: ReadFileRequest): Promise<FileChunk | undefined>;
  /**
   * Writes files, making parent directories (0700) as needed. Each file appears whole or not at all (temporary name, then
   * rename); the set is not atomic. Idempotent.
   */
  writeFiles(files: readonly FileToWrite[], options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /**
   * Writes files, and runs a command when all of them are there: where each execution costs a round trip, as one. Throws as `writeFiles`
   * where they cannot be written; then nothing was run. The command's signal and time are those of both.
   */
  writeAndRun(files: readonly FileToWrite[], command: CommandBehind): Promise<ShellResult>;
}

/** A command that comes behind something else, which has the input. */
export type CommandBehind = Omit<ShellCommand, 'stdin' | 'together'>;

export interface ShellCommand {
  readonly argv: readonly [string, ...string[]];
  readonly stdin?: string | Uint8Array | undefined;
  /** Added to the base environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Working directory; the shell's own default when absent. */
  readonly cwd?: string | undefined;
  /** With all of the account's login environment, also what only its shells know; of this machine, that is ours. */
  readonly login?: boolean | undefined;
  /**
   * Goes with others of that kind that are asked in the same turn of the event loop: where each execution costs a round trip, they are
   * one. Each has the answer that it has alone; but all are there when the last one is, they share the longest of their limits, and a
   * signal that ended one looks like an exit.
   */
  readonly together?: boolean | undefined;
  /** Wall-clock limit; default 60,000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Cap for each output stream; what exceeds it is dropped and flagged. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ShellResult {
  /** 0–255, or `null` when a signal ended the command. */
  readonly exitCode: number | null;
  /** Such as `SIGKILL`; `null` when the command exited by itself. */
  readonly signalName: string | null;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Output beyond `maxBytes` was dropped. */
  readonly truncated: boolean;
}

export interface ShellStream extends AsyncIterable<Uint8Array>, AsyncDisposable {
  /** Settles when the command has ended, with an empty `stdout` and up to 64 KiB of `stderr`. */
  readonly result: Promise<ShellResult>;
}

export interface ReadFileRequest {
  readonly path: string;
  /** First byte wanted, from 0; or negative: that many bytes before the end. Default 0. */
  readonly offset?: number | undefined;
  /** Default 1 MiB. */
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FileChunk {
  readonly bytes: Uint8Array;
  /** Offset of the first byte of `bytes`. */
  readonly offset: number;
  /** Size and identity of the open file at the time of reading; a changed `fileId` means that the file was replaced. */
  readonly size: number;
  readonly fileId: string;
}

export interface FileToWrite {
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Permission bits, such as 0o600 (the default). */
  readonly mode?: number | undefined;
}
