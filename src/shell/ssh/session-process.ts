import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

export interface SessionEnd {
  /** Why it could not be started, or is not there any more. */
  readonly words: string;
  /** Its exit code, `null` where that is not known; absent where it never ran. */
  readonly code?: number | null;
}

/** The process behind a channel: ssh, as a child of ours or left by somebody before us. */
export interface SessionProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when nothing more comes from it. */
  readonly ended: Promise<SessionEnd>;
  /** Keeps our process alive, or does not. */
  hold(isHeld: boolean): void;
  /** Nothing more will be written: what runs at the other end is ended. */
  finish(): void;
  /** Ends it at once. */
  kill(): void;
  /** Lets go of it without waiting; `isIdle`: it could run the next command. */
  leave(isIdle: boolean): void;
}

export type SessionWords = readonly [string, ...string[]];

export function startSession([file, ...args]: SessionWords, env: NodeJS.ProcessEnv): SessionProcess {
  // A group of its own: what the terminal sends to ours must not cut it off in the middle.
  const child = spawn(file, args, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const { stdin, stdout, stderr } = child;
  return {
    stdin,
    stdout,
    stderr,
    ended: new Promise((resolve) => {
      child.once('error', ({ message }) => resolve({ words: message }));
      child.once('close', (code) => resolve({ words: '', code }));
    }),
    hold(isHeld) {
      for (const handle of [child, ...([stdin, stdout, stderr] as unknown as Handle[])]) {
        if (isHeld) handle.ref?.();
        else handle.unref?.();
      }
    },
    finish: () => stdin.end(),
    kill() {
      child.kill('SIGKILL');
      // The process of the connection has them, too, and may stand still.
      stdout.destroy();
      stderr.destroy();
    },
    leave() {
      stdin.end();
      stdout.destroy();
      stderr.destroy();
      child.unref();
      child.kill('SIGTERM');
    },
  };
}

interface Handle {
  ref?(): void;
  unref?(): void;
}
