import { mkdtempSync, rmSync } from 'node:fs';
import { afterEach } from 'vitest';
import { listProcesses, readCommandLine, waitUntil } from '../../dev/processes.ts';
import type { SshShellOptions } from '../../src/shell/ssh/channel-source.ts';
import type { SshOptions } from '../../src/shell/ssh/ssh-master.ts';
import { SshShell } from '../../src/shell/ssh/ssh-shell.ts';
import { sshOptions } from './ssh-account.ts';

export interface SshShells {
  /** A shell as another process of this user has it: with its own channels, over the connection that all of them share. */
  open(account: SshOptions['account'], options?: Partial<SshShellOptions>): SshShell;
  /** For other programs that are to share the connection. */
  readonly env: () => { readonly XDG_RUNTIME_DIR: string };
}

/** Shells that share nothing with what came before the test, and of which nothing is left behind it. */
export function useSshShells(): SshShells {
  let runtime: string | undefined;
  let shells: SshShell[] = [];
  // Short, for the sake of the socket.
  const env = () => {
    runtime ??= mkdtempSync('/tmp/srunx-rt-');
    return { XDG_RUNTIME_DIR: runtime };
  };
  afterEach(async () => {
    for (const shell of shells) {
      await shell[Symbol.asyncDispose]();
      await shell.master.exit();
    }
    shells = [];
    if (runtime === undefined) return;
    const directory = runtime;
    runtime = undefined;
    const left = () => listProcesses().filter(({ pid }) => readCommandLine(pid).includes(directory));
    const isOver = await waitUntil(() => left().length === 0, 10_000);
    const names = left().map(({ pid }) => readCommandLine(pid));
    rmSync(directory, { recursive: true });
    if (!isOver) throw new Error(`left behind: ${names.join('; ')}`);
  });
  return {
    env,
    open(account, options = {}) {
      const shell = new SshShell({ ...sshOptions(account, env()), ...options });
      shells.push(shell);
      return shell;
    },
  };
}
