import type { Shell } from '../../shell/shell.ts';
import type { QueueDatabase } from './database.ts';

/** What the operations of the embedded cluster share. */
export interface EmbeddedContext {
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly user: string;
  readonly shell: Shell;
  /** Opened on first use. */
  queue(): QueueDatabase;
  /** The same, or, where the disk is full or write-protected, one that can only be read. */
  queueForReading(): QueueDatabase;
  hasRunner(): boolean;
  /** Starts a runner where none lives; when this returns, it has looked at everything once. */
  ensureRunner(): Promise<void>;
  /** Makes sure that a runner sees what was written to the queue before. */
  notifyRunner(): Promise<void>;
}
