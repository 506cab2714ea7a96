import { closeSync, type FSWatcher, openSync, watch } from 'node:fs';

/** What makes the runner look: something happened, or a time has come. */
export interface Wakeups extends Disposable {
  /** Something happened. Before the next wait it is remembered. */
  trigger(): void;
  /** Until something happens, but no longer than this. */
  wait(ms: number): Promise<void>;
}

/** Where files cannot be watched (the system's limit on watches is reached), or a change was missed. */
const unwatchedPollMs = 200;
const watchedPollMs = 5_000;

/** Wakes when the file is touched: a watch costs nothing while nothing happens and reacts in under a millisecond. */
export function createWakeups(path: string): Wakeups {
  closeSync(openSync(path, 'a', 0o600));
  let pending = false;
  let wake: (() => void) | undefined;
  const trigger = (): void => {
    pending = true;
    wake?.();
  };
  const watcher = tryWatch(path, trigger);
  const longestMs = watcher === undefined ? unwatchedPollMs : watchedPollMs;
  return {
    trigger,
    async wait(ms) {
      let timer: NodeJS.Timeout | undefined;
      if (!pending) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          timer = setTimeout(resolve, Math.max(0, Math.min(ms, longestMs)));
        });
      }
      clearTimeout(timer);
      wake = undefined;
      pending = false;
    },
    [Symbol.dispose]: () => watcher?.close(),
  };
}

function tryWatch(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    return watch(path, onChange).on('error', onChange);
  } catch {
    // Polling takes its place.
    return undefined;
  }
}
