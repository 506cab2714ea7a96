import { isUtf8 } from 'node:buffer';
import { constants } from 'node:os';
import { decodeBytes } from '../core/sync/byte-text.ts';
import { parseProgress, type RsyncProgress } from '../core/sync/rsync-progress.ts';
import { collectOutput } from '../shell/collect-output.ts';
import { startProcess } from '../shell/start-process.ts';
import { withShortWords } from './pattern-file.ts';

export interface RsyncRun {
  /** The program and its words. */
  readonly argv: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RsyncProgress) => void) | undefined;
  /** What it writes goes to our standard error as well. */
  readonly verbose?: boolean | undefined;
  /** Is given the output as it comes; then none is kept. */
  readonly onOutput?: ((chunk: Buffer) => void) | undefined;
}

export interface RsyncEnd {
  readonly returncode: number;
  /** Without progress. A byte that is no UTF-8 is a code unit of its own, see `core/sync/byte-text.ts`. */
  readonly stdout: string;
  readonly stderr: string;
}

const mostErrors = 16 * 1024 * 1024;

/** Its messages in English, names escaped in one way, and nothing but our words to go by. */
const fixed = {
  LC_ALL: 'C',
  RSYNC_PROTECT_ARGS: '0',
  ...{ RSYNC_OLD_ARGS: undefined, RSYNC_RSH: undefined, RSYNC_PARTIAL_DIR: undefined, RSYNC_ICONV: undefined },
  ...{ RSYNC_CHECKSUM_LIST: undefined, RSYNC_COMPRESS_LIST: undefined, RSYNC_MAX_ALLOC: undefined },
};

/** Runs rsync to its end, however that is. Rejects at the abort, when it has ended. */
export function runRsync(request: RsyncRun): Promise<RsyncEnd> {
  return withShortWords(request.argv, (argv) => runAs({ ...request, argv }));
}

async function runAs({ argv, env, signal, onProgress, verbose, onOutput }: RsyncRun): Promise<RsyncEnd> {
  const command = { argv, env: fixed, signal, timeoutMs: Number.POSITIVE_INFINITY };
  const started = startProcess(command, { env, shell: 'this machine' });
  const stdout = new OutputReader(onProgress, onProgress !== undefined || verbose === true);
  started.stdout.on('data', onOutput ?? ((chunk: Buffer) => stdout.add(chunk)));
  const stderr = collectOutput(started.stderr, mostErrors);
  if (verbose === true) for (const pipe of [started.stdout, started.stderr]) pipe.on('data', show);
  const { exitCode, signalName } = await started.ended;
  const number = constants.signals[signalName as NodeJS.Signals] ?? 0;
  return { returncode: exitCode ?? 128 + number, stdout: stdout.text(), stderr: textOf(Buffer.from(stderr.bytes())) };
}

function show(chunk: Buffer): void {
  process.stderr.write(chunk);
}

export function textOf(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) return decodeBytes(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** Tells progress from the rest. A new one comes behind a carriage return, so that the last is not finished before the next begins. */
class OutputReader {
  readonly #onProgress: RsyncRun['onProgress'];
  readonly #hasProgress: boolean;
  readonly #kept: Buffer[] = [];
  /** One character for each byte. */
  #tail = '';

  constructor(onProgress: RsyncRun['onProgress'], hasProgress: boolean) {
    this.#onProgress = onProgress;
    this.#hasProgress = hasProgress;
  }

  add(chunk: Buffer): void {
    if (!this.#hasProgress) {
      // Of many files, lines take much more memory than the text.
      this.#kept.push(chunk);
      return;
    }
    this.#tail += chunk.toString('latin1');
    const end = Math.max(this.#tail.lastIndexOf('\r'), this.#tail.lastIndexOf('\n')) + 1;
    for (const part of this.#tail.slice(0, end).match(/[^\r\n]*[\r\n]/g) ?? []) this.#take(part);
    this.#tail = this.#tail.slice(end);
    this.#tell(this.#tail);
  }

  text(): string {
    this.#take(this.#tail);
    return textOf(Buffer.concat(this.#kept));
  }

  #take(part: string): void {
    if (part === '\r' || this.#tell(part.trimEnd())) return;
    this.#kept.push(Buffer.from(part, 'latin1'));
  }

  #tell(text: string): boolean {
    const progress = parseProgress(text);
    if (progress === undefined) return false;
    this.#onProgress?.(progress);
    return true;
  }
}
