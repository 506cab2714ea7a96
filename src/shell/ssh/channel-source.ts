import type { Frame } from '../../core/remote/frame.ts';
import type { RemoteFacts } from '../../core/remote/preamble.ts';
import { remoteCommand, remoteCommandWith, sessionArgs } from '../../core/remote/ssh-words.ts';
import { Channel, ChannelRequest } from './channel.ts';
import { takeIdleChannel } from './idle-channel.ts';
import { type HeldPlace, holdIdlePlace } from './idle-session.ts';
import { type SessionWords, startSession } from './session-process.ts';
import type { SshMaster, SshOptions } from './ssh-master.ts';

export interface SshShellOptions extends SshOptions {
  /** The last session is left to those who come later, and theirs is taken. */
  readonly leavesSession?: boolean | undefined;
}

export interface ChannelSourceOptions extends SshShellOptions {
  /** What the next channel is wanted for, where everybody may see it: it is sent with the request for the channel. */
  readonly first: () => Promise<Omit<Frame, 'mark'> | undefined>;
}

/** What goes with a request should be far from all limits of its length. */
const mostRequest = 24_000;

/** Where channels over one connection come from. */
export class ChannelSource {
  readonly #master: SshMaster;
  readonly #options: ChannelSourceOptions;
  #held: HeldPlace | undefined;
  /** The connection has no room for a session that nobody uses. */
  #isCrowded = false;

  constructor(master: SshMaster, options: ChannelSourceOptions) {
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
    const first = await this.#options.first();
    const request = first === undefined ? undefined : new ChannelRequest(first);
    const command = request === undefined ? remoteCommand : remoteCommandWith(request.text);
    const isShort = command.length <= mostRequest;
    const channel = isShort
      ? new Channel(startSession(this.#words(command), this.#options.env), { request })
      : new Channel(startSession(this.#words(remoteCommand), this.#options.env));
    this.#prepare();
    return channel;
  }

  /** While the other end is busy. */
  #prepare(): void {
    const { env, leavesSession } = this.#options;
    if (leavesSession !== true || this.#isCrowded) return;
    this.#held ??= holdIdlePlace({ place: this.#idlePlace, words: this.#words(remoteCommand), env });
  }

  /** The other end has refused one. */
  noteCrowd(): void {
    this.#isCrowded = true;
  }

  /** Leaves a session behind for those who come later, where that is wanted. */
  leaveOne(facts: RemoteFacts): void {
    if (!this.#isCrowded && this.#master.isThere) this.#held?.leave(facts);
  }

  /** A login may be slow, but the connection answers meanwhile. Where it does not any more, the channel is closed. */
  async #judgeSilence(channel: Channel): Promise<void> {
    if (!(await this.#master.check())) await channel.close();
  }

  get #idlePlace(): string {
    return `${this.#master.places.socket}.idle`;
  }

  #words(command: string): SessionWords {
    return ['ssh', ...sessionArgs(this.#options.account, this.#master.places, command)];
  }
}
