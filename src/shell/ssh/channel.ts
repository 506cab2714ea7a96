import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CommandEnd,
  type Frame,
  missingDirectoryLine,
  parseEnd,
  renderFrame,
  renderPing,
} from '../../core/remote/frame.ts';
import {
  parseHello,
  type RemoteFacts,
  renderPreamble,
  renderQuietPreamble,
  thenRead,
} from '../../core/remote/preamble.ts';
import { wasNeverSent } from '../../core/remote/ssh-problem.ts';
import { randomHex } from '../random-bytes.ts';
import { MarkedStream } from './marked-stream.ts';
import type { SessionEnd, SessionProcess } from './session-process.ts';

/**
 * What became of what was sent, now that the other end is gone: none of it arrived; nobody knows; or the account let us in, and its login
 * shell ended without running anything.
 */
export type ChannelEnd = 'unsent' | 'lost' | 'no_shell';

/** The other end is gone. */
export class ChannelClosed extends Error {
  /** What ssh said, and what the login shell did before it was ours. */
  readonly words: string;
  readonly end: ChannelEnd;

  constructor(words: string, end: ChannelEnd) {
    super('the channel is closed');
    this.words = words;
    this.end = end;
  }
}

export interface ChannelCommand extends Omit<Frame, 'mark'> {
  readonly onStdout: (bytes: Uint8Array) => void;
  readonly onStderr: (bytes: Uint8Array) => void;
}

interface Running {
  readonly stdout: MarkedStream;
  readonly stderr: MarkedStream;
  readonly resolve: (end: CommandEnd) => void;
  readonly reject: (error: Error) => void;
}

/** What a shell is told by the request for it: the greeting, and its first command. Visible to others at both ends. */
export class ChannelRequest {
  readonly argv: Frame['argv'];
  readonly helloMark = newMark();
  readonly mark = newMark();
  readonly text: string;

  constructor(command: Omit<Frame, 'mark'>) {
    this.argv = command.argv;
    const greeting = renderPreamble(this.helloMark, Date.now());
    this.text = `${greeting}${renderFrame({ ...command, mark: this.mark })}${thenRead}`;
  }
}

/** A command that went with the request; whose `argv` it is, hears of it. */
interface Sent {
  readonly argv: Frame['argv'];
  readonly sink: Pick<ChannelCommand, 'onStdout' | 'onStderr'>;
  readonly end: Promise<CommandEnd>;
}

export interface ChannelStart {
  /** Of a shell that was greeted before. */
  readonly facts?: RemoteFacts | undefined;
  /** What its process was begun with. */
  readonly request?: ChannelRequest | undefined;
}

/**
 * A shell that stays open at the other end and runs one command after another. Its process is a parameter: ssh, or a shell of this
 * machine for tests.
 */
export class Channel {
  /** Who and where it is. */
  readonly facts: Promise<RemoteFacts>;
  /** The same, once they are known. */
  knownFacts: RemoteFacts | undefined;
  readonly closed: Promise<void>;
  /** Called again and again while the other end says nothing of what it was sent: it may still be at its login, or gone. */
  onSilence: (() => void) | undefined;
  readonly #child: SessionProcess;
  /** The greeting, and the command behind it. */
  #running: Running[] = [];
  #words = '';
  #isOpen = true;
  #hasAnswered = false;
  #sent: Sent | undefined;
  /** What the other end has to hear before the next command. */
  #before = '';

  constructor(child: SessionProcess, { facts, request }: ChannelStart = {}) {
    this.#child = child;
    this.#child.stdout.on('data', (chunk: Buffer) => this.#hear('stdout', chunk));
    this.#child.stderr.on('data', (chunk: Buffer) => this.#hear('stderr', chunk));
    // Whoever writes hears of it when the process has ended.
    this.#child.stdin.on('error', () => undefined);
    this.closed = child.ended.then((end) => this.#end(end));
    this.facts = facts === undefined ? this.#greet(request) : Promise.resolve(facts);
    if (request !== undefined) this.#sent = this.#awaitSent(request);
    this.facts.then(
      (known) => {
        this.knownFacts = known;
      },
      () => undefined,
    );
  }

  /** It takes commands. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Runs a command to its end; one at a time. `undefined` where its directory is not there. Rejects with `ChannelClosed`, and with
   * nothing else.
   */
  async run({ onStdout, onStderr, ...command }: ChannelCommand): Promise<CommandEnd | undefined> {
    const sent = this.#sent;
    if (sent !== undefined) {
      this.#sent = undefined;
      const isOurs = sent.argv === command.argv;
      if (isOurs) Object.assign(sent.sink, { onStdout, onStderr });
      const end = await sent.end;
      this.#write('\n');
      this.#before = renderQuietPreamble(Date.now());
      // Else of somebody who does not wait for it any more.
      if (isOurs) return end;
    }
    const mark = newMark();
    const missing = `${missingDirectoryLine(mark)}\n`;
    let said = '';
    const end = this.#listen(mark, {
      onStdout,
      onStderr(bytes) {
        if (said.length < missing.length) said += Buffer.from(bytes).toString('latin1');
        onStderr(bytes);
      },
    });
    this.#write(renderFrame({ mark, ...command }));
    const how = await end;
    // The other end may listen for the next one.
    this.#write('\n');
    return said === missing ? undefined : how;
  }

  /** Whether the other end answers, within a time. Runs nothing there. */
  async answers(withinMs: number): Promise<boolean> {
    const mark = newMark();
    const nothing = () => undefined;
    const answer = this.#listen(mark, { onStdout: nothing, onStderr: nothing }).then(
      () => true,
      () => false,
    );
    this.#write(renderPing(mark));
    return Promise.race([answer, sleep(withinMs, false, { ref: false })]);
  }

  /** Stops reading until it is called again with `false`: whoever reads is slower than the command writes. */
  pause(isPaused: boolean): void {
    if (isPaused) this.#child.stdout.pause();
    else this.#child.stdout.resume();
  }

  /** Ends it, and the command that runs; at the latest after a few seconds. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#child.finish();
    this.#child.stdout.resume();
    const timer = setTimeout(() => this.#child.kill(), closeMs);
    await this.closed;
    clearTimeout(timer);
  }

  /** Lets go of it without waiting. */
  leave(): void {
    const isIdle = this.#isOpen && this.#running.length === 0;
    this.#isOpen = false;
    this.#child.leave(isIdle);
  }

  /** Keeps the process alive, or does not. */
  hold(isHeld: boolean): void {
    this.#child.hold(isHeld);
  }

  #write(text: string): void {
    if (!this.#isOpen) return;
    this.#child.stdin.write(this.#before + text);
    this.#before = '';
  }

  #awaitSent({ argv, mark }: ChannelRequest): Sent {
    const sink: Sent['sink'] = { onStdout: () => undefined, onStderr: () => undefined };
    const end = this.#listen(mark, {
      onStdout: (bytes) => sink.onStdout(bytes),
      onStderr: (bytes) => sink.onStderr(bytes),
    });
    // Whoever runs the command hears of a failure.
    end.catch(() => undefined);
    return { argv, sink, end };
  }

  async #greet(request: ChannelRequest | undefined): Promise<RemoteFacts> {
    const mark = request?.helloMark ?? newMark();
    const texts: Uint8Array[] = [];
    const end = this.#listen(mark, { onStdout: (bytes) => texts.push(bytes), onStderr: () => undefined });
    if (request === undefined) this.#write(renderPreamble(mark, Date.now()));
    await end;
    return parseHello(Buffer.concat(texts).toString());
  }

  #listen(mark: string, { onStdout, onStderr }: Pick<ChannelCommand, 'onStdout' | 'onStderr'>): Promise<CommandEnd> {
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) {
        reject(new ChannelClosed(this.#words, 'unsent'));
        return;
      }
      const [stdout, stderr] = [new MarkedStream(mark, onStdout), new MarkedStream(mark, onStderr)];
      const silence = setInterval(() => {
        if (!stdout.hasBegun) this.onSilence?.();
      }, silenceMs);
      this.#running.push({
        ...{ stdout, stderr },
        resolve(end) {
          clearInterval(silence);
          resolve(end);
        },
        reject(error) {
          clearInterval(silence);
          reject(error);
        },
      });
    });
  }

  #hear(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    let rest = chunk;
    for (const running of this.#running) {
      if (running[stream].end === undefined) rest = running[stream].push(rest);
      if (rest.length === 0) break;
    }
    if (stream === 'stderr' && rest.length > 0) this.#words = (this.#words + rest.toString()).slice(-mostWords);
    for (let [first] = this.#running; first !== undefined; [first] = this.#running) {
      const { end } = first.stdout;
      if (end === undefined || first.stderr.end === undefined) return;
      this.#running.shift();
      this.#hasAnswered = true;
      first.resolve(parseEnd(end));
    }
  }

  #end({ words, code }: SessionEnd): void {
    this.#isOpen = false;
    const first = this.#running[0];
    const said = [this.#words, first?.stderr.noise, words].filter(Boolean).join('\n').trim();
    const end = this.#judge(said, code);
    // Why it lets nobody in, a login shell says on either stream.
    const all = end === 'no_shell' ? [first?.stdout.noise.trim(), said].filter(Boolean).join('\n') : said;
    for (const { reject } of this.#running.splice(0)) reject(new ChannelClosed(all, end));
  }

  /** What follows the greeting is sent before that is answered: it may wait at the other end, and run when the login is over. */
  #judge(words: string, code: number | null | undefined): ChannelEnd {
    if (this.#hasAnswered) return 'lost';
    if (code === undefined || wasNeverSent(words)) return 'unsent';
    return code === sshFailed || code === null ? 'lost' : 'no_shell';
  }
}

/** The exit code of ssh for its own failures; every other one is that of the login shell. */
const sshFailed = 255;

/** A shell says at once that it begins with a command. */
const silenceMs = 10_000;

const mostWords = 16_384;

/** Between asking the other end to finish and giving up on it. */
const closeMs = 5_000;

function newMark(): string {
  return `srunx-${randomHex(16)}`;
}
