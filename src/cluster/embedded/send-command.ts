import type { Command } from './commands.ts';
import { query, transact } from './database.ts';
import type { EmbeddedContext } from './embedded-context.ts';
import { hasCommand, insertCommand } from './rows.ts';

export interface SendOptions {
  /** How long to wait until it is carried out. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Stores a command and waits until the runner has carried it out; false: it will do so later. */
export async function sendCommand(context: EmbeddedContext, command: Command, options: SendOptions): Promise<boolean> {
  const queue = context.queue();
  const seq = await transact(queue, () => insertCommand(queue.db, command));
  await context.notifyRunner();
  const deadline = performance.now() + options.waitMs;
  for (let pauseMs = 1; await query(queue, () => hasCommand(queue.db, seq)); pauseMs = Math.min(pauseMs * 2, 50)) {
    if (performance.now() > deadline) return false;
    await pause(pauseMs, options.signal);
    // It may have been killed since.
    await context.ensureRunner();
  }
  return true;
}

export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve) => setTimeout(resolve, ms));
}
