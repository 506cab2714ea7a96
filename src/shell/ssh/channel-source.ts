import type { RemoteFacts } from '../../core/remote/preamble.ts';
import { remoteCommand, sessionArgs } from '../../core/remote/ssh-words.ts';
import { Channel } from './channel.ts';
import { takeIdleChannel } from './idle-channel.ts';
import { leaveIdleSession } from './idle-session.ts';
import { type SessionWords, startSession } from './session-process.ts';
import type { SshMaster, SshOptions } from './ssh-master.ts';

export interface SshShellOptions extends SshOptions {
  /** The last session is left to those who come later, and theirs is taken. */
  readonly leavesSession?: boolean | undefined;
}

/** Where channels over one connection come from. */
export class ChannelSource {
  readonly #master: SshMaster;
  readonly #options: SshShellOptions;
  /** The connection has no room for a session that nobody uses. */
  #isCrowded = false;

  constructor(master: SshMaster, options: SshShellOptions) {
    this.#master = master;
    this.#options = options;
  }

  /** The one that somebody has left, or a new one. Rejects with a ConnectionError where there is no connection to be had. */
  async open(): Promise<Channel> {
    const idle = this.#options.leavesSession === true ? await takeIdleChannel(this.#idlePlace) : undefined;
    const channel = idle ?? (await this.#start());
    channel.onSilence = () => void this.#judgeSilence(channel);
    return channel;
  }

  async #start(): Promise<Channel> {
    // To a connection that stands still, a channel would wait without end; so far nothing was sent.
    if (!(await this.#master.check())) await this.#master.open();
    return new Channel(startSession(this.#words, this.#options.env));
  }

  /** The other end has refused one. */
  noteCrowd(): void {
    this.#isCrowded = true;
  }

  /** Leaves a session behind for those who come later, where that is wanted. */
  leaveOne(facts: RemoteFacts): void {
    const { env, leavesSession } = this.#options;
    if (leavesSession !== true || this.#isCrowded || !this.#master.isThere) return;
    leaveIdleSession({ place: this.#idlePlace, words: this.#words, env, facts });
  }

  /** A login may be slow, but the connection answers meanwhile. Where it does not any more, the channel is closed. */
  async #judgeSilence(channel: Channel): Promise<void> {
    if (!(await this.#master.check())) await channel.close();
  }

  get #idlePlace(): string {
    return `${this.#master.places.socket}.idle`;
  }

  get #words(): SessionWords {
    return ['ssh', ...sessionArgs(this.#options.account, this.#master.places, remoteCommand)];
  }
}
