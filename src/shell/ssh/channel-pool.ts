import type { RemoteFacts } from '../../core/remote/preamble.ts';
import type { Channel } from './channel.ts';

export interface PoolOptions {
  /** Starts one more. */
  readonly open: () => Promise<Channel>;
  /** So many at once. */
  readonly limit: number;
}

/** A command that waits longer than that for a channel gets one more: each costs the other end the start of a login shell. */
const patienceMs = 100;

/** Channels of one connection, each for one command at a time. */
export class ChannelPool {
  readonly #options: PoolOptions;
  readonly #idle: Channel[] = [];
  readonly #all = new Set<Channel>();
  readonly #waiting: Waiting[] = [];
  #opening = 0;
  #isOver = false;
  #limit: number;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#limit = options.limit;
  }

  async lease(): Promise<Channel> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.isOpen) continue;
      idle.hold(true);
      return idle;
    }
    if (this.#all.size + this.#opening === 0) return this.#open();
    return this.#wait();
  }

  release(channel: Channel): void {
    if (!channel.isOpen) {
      this.#all.delete(channel);
      return;
    }
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next.resolve(channel);
      return;
    }
    // Nobody waits for it: it must not keep the process alive.
    channel.hold(false);
    this.#idle.push(channel);
  }

  /** The other end takes no more than there are. */
  isFull(): boolean {
    this.#limit = Math.max(1, this.#all.size);
    return this.#all.size > 0;
  }

  async #open(): Promise<Channel> {
    this.#opening += 1;
    try {
      const channel = await this.#options.open();
      // What was begun to be opened before the end has nobody to close it.
      if (this.#isOver) channel.leave();
      this.#all.add(channel);
      void channel.closed.then(() => this.#all.delete(channel));
      return channel;
    } catch (error) {
      // Whoever waits for the first one would only fail at the same, a login later.
      if (this.#all.size === 0) for (const { reject } of this.#waiting.splice(0)) reject(error);
      throw error;
    } finally {
      this.#opening -= 1;
    }
  }

  #wait(): Promise<Channel> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        resolve(channel) {
          clearInterval(timer);
          resolve(channel);
        },
        reject(error) {
          clearInterval(timer);
          reject(error);
        },
      };
      this.#waiting.push(waiting);
      const timer = setInterval(() => {
        const isOpening = this.#opening > 0;
        if (isOpening || this.#all.size >= this.#limit) return;
        const place = this.#waiting.indexOf(waiting);
        if (place < 0) return;
        this.#waiting.splice(place, 1);
        clearInterval(timer);
        this.#open().then(resolve, reject);
      }, patienceMs);
    });
  }

  /** Gives back what nobody uses. */
  async closeIdle(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((channel) => channel.close()));
  }

  /** Of the account, if one of them has heard of it. */
  facts(): RemoteFacts | undefined {
    return [...this.#all].find(({ isOpen }) => isOpen)?.knownFacts;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    for (const channel of this.#all) channel.leave();
    this.#all.clear();
  }
}

interface Waiting {
  resolve(channel: Channel): void;
  reject(error: unknown): void;
}
