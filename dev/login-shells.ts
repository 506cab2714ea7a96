import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrograms, type Prerequisite } from './packages.ts';
import { findProgram } from './processes.ts';

/** Kinds of login shells that accounts of a cluster may have. */
const loginShells = ['bash', 'slow', 'slow-start', 'noisy', 'tcsh', 'fish', 'zsh', 'nologin'] as const;
export type LoginShell = (typeof loginShells)[number];

/** How long the slow ones take. */
export const slowSeconds = 3;

interface ShellSetup {
  readonly program: string;
  /** Start-up files in the home, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Writes what the shell needs into `dir`, which the account can read. Installs it where that disturbs nobody. */
export async function prepareShell(shell: LoginShell, dir: string): Promise<ShellSetup> {
  switch (shell) {
    case 'bash':
      return { program: '/bin/bash' };
    case 'nologin':
      return { program: findProgram('nologin') ?? '/usr/sbin/nologin' };
    case 'slow':
      return { program: writeWrapper(dir) };
    case 'slow-start':
      return { program: '/bin/bash', files: { '.profile': `sleep ${slowSeconds}\nexport SRUNX_DEV_PROFILE=yes\n` } };
    case 'noisy':
      return { program: '/bin/bash', files: { '.bashrc': noise, '.profile': noise } };
    case 'tcsh':
    case 'fish':
    case 'zsh':
      await ensurePrograms([prerequisiteOf(shell)]);
      return { program: findProgram(shell) ?? shell };
  }
}

/** The Debian packages of the shells have their names. */
function prerequisiteOf(shell: 'tcsh' | 'fish' | 'zsh'): Prerequisite {
  return { program: shell, package: shell };
}

/** A shell that takes its time for every session, whatever the session is for. */
function writeWrapper(dir: string): string {
  const path = join(dir, 'slow-shell');
  writeFileSync(path, `#!/bin/sh\nsleep ${slowSeconds}\nexec /bin/bash "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Words, bytes that are no text, a carriage return, an escape sequence, and an end without a newline; on both streams. */
const noise = String.raw`for srunx_dev_stream in 1 2; do
  printf 'Welcome to dev!\nQuota: 93%% used\r\n\033[2J\377\376\000\001\200\n\nno newline at the end' >&"$srunx_dev_stream"
done
`;
