import { spawn } from 'node:child_process';
import { constants } from 'node:os';

export interface ForegroundCommand {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Where its standard output goes: to ours, or to our standard error where ours is for data alone. */
  readonly output: 'stdout' | 'stderr';
  /** Aborted by a signal's name, which is passed on. */
  readonly signal: AbortSignal;
}

/**
 * Runs a command of the user's at their terminal, in place of ours: it reads our input and writes to our output. Returns its
 * exit code as a shell has it. An interrupt is passed on, and waited for, because what it leaves behind is its own affair.
 */
export function runForeground({ argv, env, cwd, output, signal }: ForegroundCommand): Promise<number> {
  const [command, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, stdio: ['inherit', output === 'stdout' ? 1 : 2, 2] });
    const pass = () => child.kill(signal.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT');
    signal.addEventListener('abort', pass, { once: true });
    child.on('error', reject);
    child.on('exit', (code, name) => {
      signal.removeEventListener('abort', pass);
      resolve(code ?? 128 + (name === null ? 0 : constants.signals[name]));
    });
  });
}
