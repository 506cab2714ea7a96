import { constants } from 'node:os';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandEnd } from '../../core/remote/frame.ts';
import type { RemoteFacts } from '../../core/remote/preamble.ts';
import {
  argumentsTooLong,
  defaultTimeoutMs,
  maxTimerMs,
  missingDirectory,
  nulByte,
  timedOut,
} from '../command-errors.ts';
import { OutputCap } from '../output-cap.ts';
import type {
  CommandBehind,
  FileChunk,
  FileToWrite,
  ReadFileRequest,
  Shell,
  ShellCommand,
  ShellResult,
  ShellStream,
} from '../shell.ts';
import { type Channel, ChannelClosed } from './channel.ts';
import { ChannelPool } from './channel-pool.ts';
import { ChannelSource, type SshShellOptions } from './channel-source.ts';
import { CommandPack } from './command-pack.ts';
import { readRemoteFile, writeAndRunRemotely, writeRemoteFiles } from './remote-files.ts';
import { connectionLost, noShell, notConnected } from './ssh-errors.ts';
import { SshMaster } from './ssh-master.ts';

const defaultMaxBytes = 64 * 1024 * 1024;
const maxStreamStderrBytes = 64 * 1024;

/** sshd allows ten sessions on a connection unless told otherwise; some are left to others. */
const mostChannels = 8;

/** So often is sent again what was not sent: within some twenty seconds where other processes have all sessions. */
const mostAttempts = 12;

/** A channel that is opened early may wait so long for its first command, which can then go with the request for it. */
const patienceMs = 100;

/** For all that a login may have to do, of which the start-up files of the account have a minute. */
const loginMs = 120_000;

/** What one argument, and all of them, may have on Linux. */
const maxArgument = 131_071;
const maxArguments = 2_000_000;

/** An account on another machine, reached by the user's own ssh over one connection that all processes share. */
export class SshShell implements Shell {
  readonly name: string;
  readonly isRemote = true;
  readonly master: SshMaster;
  readonly #options: SshShellOptions;
  readonly #source: ChannelSource;
  readonly #pool: ChannelPool;
  /** Commands that wait for a channel, first come first served. */
  readonly #waiting: ShellCommand[] = [];
  #noteAsked = () => {};
  readonly #isAsked = new Promise<void>((resolve) => {
    this.#noteAsked = resolve;
  });
  readonly #pack = new CommandPack((command, words) => this.#runAlone(command, words));

  constructor(options: SshShellOptions) {
    this.name = options.name;
    this.#options = options;
    this.master = new SshMaster(options);
    this.#source = new ChannelSource(this.master, {
      ...options,
      first: async () => {
        await Promise.race([this.#isAsked, sleep(patienceMs, undefined, { ref: false })]);
        return requestable(this.#waiting[0]);
      },
    });
    this.#pool = new ChannelPool({ open: () => this.#source.open(), limit: mostChannels });
  }

  /** Begins to open a channel: what follows will need it. */
  warm(): void {
    this.#pool.lease().then(
      (channel) => this.#pool.release(channel),
      () => undefined,
    );
  }

  /** For other programs that need a session on a connection that has none left: what is open and not in use is closed. */
  makeRoom(): Promise<void> {
    this.#source.noteCrowd();
    return this.#pool.closeIdle();
  }

  /** Who and where the account is. */
  facts(signal?: AbortSignal): Promise<RemoteFacts> {
    const command = { argv: ['the login'], timeoutMs: loginMs, signal } as const;
    return this.#inTime(command, (end) =>
      this.#over(command, end, ({ facts }) => abortable(facts, end, () => undefined)),
    );
  }

  async run(command: ShellCommand): Promise<ShellResult> {
    if (command.together !== true) return this.#runAlone(command);
    requireFit(command);
    return this.#pack.run(command);
  }

  /** `words`: what is run in its name. */
  async #runAlone(command: ShellCommand, words = command.argv): Promise<ShellResult> {
    const maxBytes = command.maxBytes ?? defaultMaxBytes;
    const [stdout, stderr] = [new OutputCap(maxBytes), new OutputCap(maxBytes)];
    const output = {
      onStdout: (bytes: Uint8Array) => stdout.add(bytes),
      onStderr: (bytes: Uint8Array) => stderr.add(bytes),
    };
    const end = await this.#execute(command, output, words);
    return { ...end, stdout: stdout.bytes(), stderr: stderr.bytes(), truncated: stdout.isCut || stderr.isCut };
  }

  stream(command: ShellCommand): ShellStream {
    const stop = new AbortController();
    const output = new PassThrough();
    const stderr = new OutputCap(maxStreamStderrBytes);
    const signal = command.signal === undefined ? stop.signal : AbortSignal.any([command.signal, stop.signal]);
    const result = this.#execute(
      { timeoutMs: Number.POSITIVE_INFINITY, ...command, signal },
      {
        onStdout: (bytes, pause) => {
          if (output.write(bytes)) return;
          pause(true);
          output.once('drain', () => pause(false));
        },
        onStderr: (bytes) => stderr.add(bytes),
      },
    ).then((end): ShellResult => {
      output.end();
      return { ...end, stdout: new Uint8Array(), stderr: stderr.bytes(), truncated: stderr.isCut };
    });
    // Whoever reads the output to its end hears of a failure there.
    result.catch((error: Error) => output.destroy(error));
    output.on('error', () => undefined);
    const leave = () => stop.abort(new Error('nobody reads it any more'));
    return {
      result,
      async *[Symbol.asyncIterator]() {
        try {
          yield* output as AsyncIterable<Uint8Array>;
          await result;
        } finally {
          leave();
        }
      },
      async [Symbol.asyncDispose]() {
        leave();
        output.destroy();
        await Promise.allSettled([result]);
      },
    };
  }

  readFile(request: ReadFileRequest): Promise<FileChunk | undefined> {
    return readRemoteFile(this, request);
  }

  writeFiles(
    files: readonly FileToWrite[],
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    return writeRemoteFiles(this, files, options);
  }

  writeAndRun(files: readonly FileToWrite[], command: CommandBehind): Promise<ShellResult> {
    return writeAndRunRemotely(this, files, command);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const facts = this.#pool.facts();
    this.#pool[Symbol.dispose]();
    if (facts !== undefined) this.#source.leaveOne(facts);
  }

  #execute(command: ShellCommand, output: Output, argv = command.argv): Promise<End> {
    requireFit({ ...command, argv });
    return this.#inTime(command, (signal) =>
      this.#over({ ...command, argv }, signal, (channel) => this.#runOn(channel, { ...command, argv, signal }, output)),
    );
  }

  /** All within the time that the command has, the wait for a connection and for a channel as well. */
  async #inTime<Value>(command: ShellCommand, work: (signal?: AbortSignal) => Promise<Value>): Promise<Value> {
    const { signal, timeoutMs = defaultTimeoutMs } = command;
    if (timeoutMs > maxTimerMs) return work(signal);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(timedOut(command, this.name, timeoutMs)), timeoutMs);
    const end = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
    try {
      return await work(end);
    } catch (error) {
      // Of what waits, some says only that it was aborted.
      throw end.aborted ? end.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** What was not sent for want of a connection is sent again over the next one; nothing else is. */
  async #over<Value>(
    command: ShellCommand,
    signal: AbortSignal | undefined,
    work: (channel: Channel) => Promise<Value>,
  ): Promise<Value> {
    for (let attempt = 0; ; attempt += 1) {
      const channel = await this.#lease(command, signal);
      try {
        return await work(channel);
      } catch (error) {
        await this.#judge(error, { attempt, command, signal });
      } finally {
        this.#pool.release(channel);
      }
    }
  }

  async #runOn(channel: Channel, command: ShellCommand, output: Output): Promise<End> {
    const { argv, env, cwd, login, signal } = command;
    const stdin = command.stdin === undefined ? undefined : Buffer.from(command.stdin).toString('base64');
    const onAbort = () => void channel.close();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const end = await channel.run({
        ...{ argv, stdin, env, cwd, login },
        onStdout: (bytes) => output.onStdout(bytes, (isPaused) => channel.pause(isPaused)),
        onStderr: output.onStderr,
      });
      signal?.throwIfAborted();
      if (end === undefined) throw missingDirectory(cwd ?? '', this.name);
      return toResult(end);
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Returns where the command may be sent again; throws what the failure means otherwise. */
  async #judge(error: unknown, { attempt, command, signal }: Attempt): Promise<void> {
    if (!(error instanceof ChannelClosed)) throw error;
    const failure = { name: this.name, host: this.#options.account.host, words: error.words };
    if (error.end === 'lost') throw connectionLost(failure, command);
    if (error.end === 'no_shell') throw noShell(failure);
    if (attempt >= mostAttempts) throw notConnected(failure);
    if (!(await this.master.check())) await this.master.open(signal);
    // The connection is full. One of our own channels will be free; for those of other processes there is no queue.
    else {
      this.#source.noteCrowd();
      if (!this.#pool.isFull()) await sleep(Math.min(250 * (attempt + 1), 2_000), undefined, { signal });
    }
  }

  async #lease(command: ShellCommand, signal: AbortSignal | undefined): Promise<Channel> {
    signal?.throwIfAborted();
    this.#waiting.push(command);
    this.#noteAsked();
    try {
      return await abortable(this.#pool.lease(), signal, (late) => this.#pool.release(late));
    } finally {
      this.#waiting.splice(this.#waiting.indexOf(command), 1);
    }
  }
}

/** A question that asks for nothing but what everybody may see, and that does no harm where it is asked in vain. */
function requestable(command: ShellCommand | undefined): Pick<ShellCommand, 'argv' | 'env'> | undefined {
  if (command?.together !== true || command.stdin !== undefined || command.cwd !== undefined) return undefined;
  const { argv, env, login } = command;
  return login === true || !argv.every((word) => word.isWellFormed()) ? undefined : { argv, env };
}

interface Output {
  readonly onStdout: (bytes: Uint8Array, pause: (isPaused: boolean) => void) => void;
  readonly onStderr: (bytes: Uint8Array) => void;
}

type End = Pick<ShellResult, 'exitCode' | 'signalName'>;

interface Attempt {
  readonly attempt: number;
  readonly command: ShellCommand;
  readonly signal: AbortSignal | undefined;
}

function requireFit({ argv, env = {}, cwd }: ShellCommand): void {
  const words = [...argv, ...(cwd === undefined ? [] : [cwd]), ...Object.values(env).flatMap((value) => value ?? [])];
  if (words.some((word) => word.includes('\0'))) throw nulByte({ argv });
  const sizes = words.map((word) => Buffer.byteLength(word));
  const isLong = sizes.some((size) => size > maxArgument) || sizes.reduce((sum, size) => sum + size, 0) > maxArguments;
  if (isLong) throw argumentsTooLong({ argv });
}

function toResult(end: CommandEnd): End {
  if ('exitCode' in end) return { exitCode: end.exitCode, signalName: null };
  const name = Object.entries(constants.signals).find(([, number]) => number === end.signal)?.[0];
  return { exitCode: null, signalName: name ?? `SIG${end.signal}` };
}

/** Settles at the abort, too; what comes later is given back. */
function abortable<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
  giveBack: (late: Value) => void,
): Promise<Value> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      promise.then(giveBack, () => undefined);
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(
      (value) => {
        signal.removeEventListener('abort', onAbort);
        if (!signal.aborted) resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    );
  });
}
