/**
 * Thrown by what work calls that cannot wait, where it would have to. It goes through work that knows nothing of it, so it is no error of
 * ours: `repeatWork` waits, and does the work again.
 */
export class MustWait extends Error {
  readonly wait: () => Promise<void>;

  constructor(wait: () => Promise<void>) {
    super('the work has to wait for something');
    this.wait = wait;
  }
}

/** What was waited for must be known the next time, or there is no end to it. */
export async function repeatWork<Result>(work: () => Result): Promise<Result> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof MustWait)) throw error;
      await error.wait();
    }
  }
}
