/** The longest pause between two attempts. */
const mostMs = 60_000;

/**
 * How long a process waits before it tries again what has failed, so that whoever looks every second does not knock every second: not at
 * all the first time, then a second, two, four, and so on up to a minute.
 *
 * @param now milliseconds, of any clock that only goes forward
 */
export class BackOff {
  #failures = 0;
  #failedAt = 0;

  /** What is left to wait, in milliseconds. */
  left(now: number): number {
    if (this.#failures === 0) return 0;
    const pause = Math.min(1_000 * 2 ** (this.#failures - 1), mostMs);
    return Math.max(0, this.#failedAt + pause - now);
  }

  failed(now: number): void {
    this.#failures += 1;
    this.#failedAt = now;
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
