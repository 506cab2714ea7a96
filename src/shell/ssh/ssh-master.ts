import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isOfProxy } from '../../core/remote/ssh-problem.ts';
import { readSshSettings, type SshSettings } from '../../core/remote/ssh-settings.ts';
import {
  controlArgs,
  type HostKeyPolicy,
  loginArgs,
  probeArgs,
  renderSshConfig,
  type SshAccount,
  type SshPlaces,
  settingsArgs,
  wayArgs,
} from '../../core/remote/ssh-words.ts';
import { collectOutput } from '../collect-output.ts';
import { isProcessAlive, processIdentity } from '../process-identity.ts';
import { writeWhole } from '../write-whole.ts';
import { askMaster } from './ask-master.ts';
import { BackOff } from './back-off.ts';
import { takeLoginLock } from './login-lock.ts';
import { socketDirectory } from './socket-directory.ts';
import { notConnected } from './ssh-errors.ts';

export interface SshOptions {
  /** Of the profile, for messages. */
  readonly name: string;
  readonly account: SshAccount;
  readonly env: NodeJS.ProcessEnv;
  /** The user's, absolute. */
  readonly home: string;
  readonly hostKeys: HostKeyPolicy;
  /** Seconds for which the connection stays after its last use. */
  readonly persist: number;
}

export interface SshWay {
  readonly words: readonly string[];
  readonly host: string;
  readonly env: NodeJS.ProcessEnv;
  /** The user's, on this machine. */
  readonly home: string;
}

interface LoginEnd {
  readonly code: number | null;
  readonly words: string;
}

/**
 * The one connection of an account, that all processes of this user share. It is opened when somebody needs it, by one of them while the
 * others wait, and outlives us.
 */
export class SshMaster {
  readonly places: SshPlaces;
  readonly #options: SshOptions;
  readonly #backOff = new BackOff();

  constructor(options: SshOptions) {
    this.#options = options;
    const directory = socketDirectory(options.env);
    const { account, hostKeys, home } = options;
    const config = renderSshConfig({ account, hostKeys, home });
    const key = nameOf(JSON.stringify([account, config]));
    this.places = { config: join(directory, `${key}.conf`), socket: join(directory, key) };
    if (!existsSync(this.places.config)) writeWhole(this.places.config, config);
  }

  /** Somebody has opened it; whether it still works is seen when it is used. */
  get isThere(): boolean {
    return existsSync(this.places.socket);
  }

  /** For programs that run a command at the other end by themselves: all words before the name of the host. */
  get way(): SshWay {
    const { account, env, home } = this.#options;
    return { words: ['ssh', ...wayArgs(account, this.places)], host: account.host, env, home };
  }

  /** Where ssh has gone when it logged in last; nothing is asked now. */
  get settings(): SshSettings | undefined {
    const text = readText(this.#way);
    return text === undefined ? undefined : readSshSettings(text);
  }

  /** Opens it unless it is open. Rejects with a ConnectionError; nothing is asked of a person. */
  async open(signal?: AbortSignal): Promise<void> {
    // Before the lock, at which others may wait.
    const pause = this.#backOff.left(performance.now());
    if (pause > 0) await sleep(pause, undefined, { signal });
    const startedAt = Date.now();
    const release = await this.#lock(startedAt, signal);
    if (release === undefined) return;
    try {
      await this.#awaitLogin(signal);
      if (await this.check()) return;
      this.#remove();
      const [{ code, words }] = await Promise.all([this.#logIn(signal), this.#noteWay()]);
      if (code === 0) {
        // Of use to those who come later: those who wait for the connection go first.
        setImmediate(() => void this.#noteProcess());
        return this.#backOff.succeeded();
      }
      this.#backOff.failed(performance.now());
      writeFileSync(this.#failure, JSON.stringify({ at: Date.now(), words }), { mode: 0o600 });
      throw this.#error(words);
    } finally {
      release();
    }
  }

  /**
   * A person may be asked for passwords and codes, on the terminal. Returns whether it is open.
   *
   * @param persist seconds for which it stays after its last use
   */
  async openInteractively(persist: number): Promise<boolean> {
    const { account, home, env } = this.#options;
    if (await this.check()) return true;
    this.#remove();
    // Whoever sits there may look at a fingerprint, unless a rule was set.
    const hostKeys = env['SRUNX_SSH_HOST_KEY_POLICY'] === undefined ? undefined : this.#options.hostKeys;
    const config = `${this.places.config}.login`;
    writeFileSync(config, renderSshConfig({ account, hostKeys, home }), { mode: 0o600 });
    const args = loginArgs(account, { ...this.places, config }, { interactive: true, persist });
    const child = spawn('ssh', args, { env, stdio: 'inherit' });
    const code = await new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(null));
      child.once('exit', resolve);
    });
    rmSync(config, { force: true });
    if (code === 0) await Promise.all([this.#noteWay(), this.#noteProcess()]);
    return code === 0;
  }

  /** Whether it is open. Asks this machine alone, and waits a few seconds at most. */
  async check(): Promise<boolean> {
    return this.isThere && (await askMaster(this.places.socket)) !== undefined;
  }

  /** Closes it, for everybody. False where it was not open. */
  async exit(): Promise<boolean> {
    if (!this.isThere) return false;
    const child = spawn('ssh', controlArgs(this.#options.account, this.places, 'exit'), {
      env: this.#options.env,
      stdio: 'ignore',
      timeout: localMs,
    });
    const code = await new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(null));
      child.once('exit', resolve);
    });
    return code === 0;
  }

  /** Of one that does not answer. What only stands still is ended: whenever it woke up, it would take the next one's socket with it. */
  #remove(): void {
    if (this.isThere) endProcess(readText(this.#process));
    rmSync(this.places.socket, { force: true });
  }

  async #logIn(signal: AbortSignal | undefined): Promise<LoginEnd> {
    const { account, persist } = this.#options;
    const end = await this.#try(loginArgs(account, this.places, { interactive: false, persist }), signal);
    // A connection that is to stay sends what its proxy says nowhere: it is asked once more for the reason.
    if (end.code === 0 || !isOfProxy(end.words)) return end;
    const { code, words } = await this.#try(probeArgs(account, this.places), signal);
    return code === 0 ? end : { code, words };
  }

  /** Whoever began one may have been killed since. Its ssh goes on, and opens the connection: a second one would be nobody's. */
  async #awaitLogin(signal: AbortSignal | undefined): Promise<void> {
    while (isProcessAlive(readText(this.#login) ?? '')) await sleep(20, undefined, { signal });
  }

  async #try(args: readonly string[], signal: AbortSignal | undefined): Promise<LoginEnd> {
    const { env } = this.#options;
    // A group of its own: what the terminal sends to ours must not end what others use, too.
    const child = spawn('ssh', args, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe'], signal });
    if (child.pid !== undefined) writeFileSync(this.#login, processIdentity(child.pid), { mode: 0o600 });
    let words = '';
    const isRead = once(child.stderr, 'close');
    child.stderr.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-16_384);
    });
    // The connection that stays behind keeps the pipe open.
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => {
        if (signal?.aborted === true) reject(signal.reason);
        else resolve(null);
        words += error.message;
      });
      child.once('exit', resolve);
    });
    // Its last words may come after its end.
    if (code !== 0) await Promise.race([isRead, sleep(1_000, undefined, { ref: false })]);
    child.stderr.destroy();
    // ssh ends its lines as for a terminal in raw mode.
    return { code, words: words.replaceAll('\r', '').trim() };
  }

  /** For people, who want to see where they are. */
  async #noteWay(): Promise<void> {
    const { account, env } = this.#options;
    const child = spawn('ssh', settingsArgs(account, this.places), {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: localMs,
    });
    const output = collectOutput(child.stdout, 1024 * 1024);
    const code = await new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(null));
      child.once('close', resolve);
    });
    if (code === 0) writeFileSync(this.#way, output.bytes(), { mode: 0o600 });
  }

  async #noteProcess(): Promise<void> {
    const pid = await askMaster(this.places.socket);
    if (pid !== undefined) writeFileSync(this.#process, processIdentity(pid), { mode: 0o600 });
  }

  get #process(): string {
    return `${this.places.socket}.pid`;
  }

  get #way(): string {
    return `${this.places.socket}.way`;
  }

  /** Which process logs in. */
  get #login(): string {
    return `${this.places.socket}.login`;
  }

  get #failure(): string {
    return `${this.places.socket}.failed`;
  }

  #error(words: string): Error {
    return notConnected({ name: this.#options.name, host: this.#options.account.host, words });
  }

  /** `undefined` where somebody else has opened it meanwhile. Their failure is ours, too: it was just tried. */
  async #lock(startedAt: number, signal: AbortSignal | undefined): Promise<(() => void) | undefined> {
    const lock = `${this.places.socket}.lock`;
    for (let waited = false; ; waited = true) {
      if (waited && (await this.check())) return undefined;
      if (waited) this.#adoptFailure(startedAt);
      if (takeLoginLock(lock)) return () => rmSync(lock, { force: true });
      await sleep(20, undefined, { signal });
    }
  }

  #adoptFailure(startedAt: number): void {
    try {
      const { at, words } = JSON.parse(readFileSync(this.#failure, 'utf8')) as { at: number; words: string };
      if (at >= startedAt) throw this.#error(words);
    } catch (error) {
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
  }
}

/** What ssh does without a connection is over by then, or never; a `Match exec` of the user's may take its time. */
const localMs = 10_000;

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** @param identity of a process of this machine; another one that has its pid now is left alone */
function endProcess(identity: string | undefined): void {
  const pid = Number(identity?.split(':')[1]);
  if (!Number.isInteger(pid) || processIdentity(pid) !== identity) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Sixteen digits that differ where the text does (FNV-1a): of a user's few accounts, no two have the same. */
function nameOf(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}
