import { setImmediate } from 'node:timers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { renderPack } from '../../core/remote/pack.ts';
import { defaultTimeoutMs } from '../command-errors.ts';
import { randomHex } from '../random-bytes.ts';
import type { ShellCommand, ShellResult } from '../shell.ts';

type Argv = ShellCommand['argv'];

/** Runs one command; `words`: what is run in its name. */
type Run = (command: ShellCommand, words?: Argv) => Promise<ShellResult>;

/** One argument may have 128 KiB. */
const mostBytes = 120_000;

const defaultMaxBytes = 64 * 1024 * 1024;

/** What is asked in the same turn is sent as one command. */
export class CommandPack {
  readonly #run: Run;
  #asked: Asked[] = [];

  constructor(run: Run) {
    this.#run = run;
  }

  run(command: ShellCommand): Promise<ShellResult> {
    const isSimple = command.stdin === undefined && command.cwd === undefined && command.login !== true;
    if (!isSimple) return this.#run(command);
    return new Promise((resolve, reject) => {
      if (this.#asked.length === 0) setImmediate(() => this.#send());
      this.#asked.push({ command, resolve, reject });
    });
  }

  #send(): void {
    const asked = this.#asked;
    this.#asked = [];
    // One end for all: what stops one of them stops the others.
    const bySignal = Map.groupBy(asked, ({ command }) => command.signal);
    for (const alike of bySignal.values()) void this.#sendTogether(alike);
  }

  async #sendTogether(asked: readonly Asked[]): Promise<void> {
    const mark = `srunx-${randomHex(16)}`;
    const commands = asked.map(({ command }) => command);
    const [first] = commands;
    const script = renderPack(mark, commands);
    if (first === undefined || commands.length === 1 || Buffer.byteLength(script) > mostBytes) {
      for (const { command, resolve, reject } of asked) this.#run(command).then(resolve, reject);
      return;
    }
    const maxBytes = commands.reduce((sum, { maxBytes = defaultMaxBytes }) => sum + maxBytes + 1024, 0);
    const timeoutMs = Math.max(...commands.map(({ timeoutMs = defaultTimeoutMs }) => timeoutMs));
    const whole: ShellCommand = { ...first, env: undefined, maxBytes, timeoutMs };
    try {
      const answers = parsePack(await this.#run(whole, ['sh', '-c', script]), mark, commands);
      for (const [index, { resolve }] of asked.entries()) {
        resolve(answers[index] as ShellResult);
        // Of several failures that of whoever asked first is to be the first.
        await nextTurn();
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}

interface Asked {
  readonly command: ShellCommand;
  readonly resolve: (result: ShellResult) => void;
  readonly reject: (error: unknown) => void;
}

/** The answers in the order of the commands. One that is not there, because something has stopped the script, fails as that did. */
function parsePack(whole: ShellResult, mark: string, commands: readonly ShellCommand[]): readonly ShellResult[] {
  const bytes = Buffer.from(whole.stdout);
  let from = 0;
  return commands.map(({ maxBytes = defaultMaxBytes }) => {
    const end = bytes.indexOf(`\n${mark} `, from);
    const stderrAt = bytes.indexOf('\n', end + 1) + 1;
    const stderrEnd = bytes.indexOf(`\n${mark}\n`, stderrAt);
    if (end < 0 || stderrEnd < 0) return { ...whole, stdout: bytes.subarray(from) };
    const stdout = bytes.subarray(from, end);
    const exitCode = Number(bytes.subarray(end + mark.length + 2, stderrAt - 1));
    const stderr = bytes.subarray(stderrAt, stderrEnd);
    from = stderrEnd + mark.length + 2;
    const truncated = Math.max(stdout.length, stderr.length) > maxBytes;
    return {
      ...{ exitCode, signalName: null, truncated },
      ...{ stdout: stdout.subarray(0, maxBytes), stderr: stderr.subarray(0, maxBytes) },
    };
  });
}
