import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessIdentity, readProcess, searchPath, waitUntil } from './processes.ts';

export interface DaemonCommand {
  /** Also the name of its log (`log/NAME.log`) and of its record (`pid/NAME`). */
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Answers whether the daemon does its work; an exception means no, and is shown should the answer never be yes. */
  readonly isReady: () => Promise<boolean> | boolean;
}

export interface Daemon extends ProcessIdentity {
  readonly name: string;
  readonly isRunning: boolean;
}

const readyTimeoutMs = 30_000;

/**
 * Starts a daemon in a session of its own, so that it outlives us, records who it is and waits until it is ready. An error
 * shows the end of its log.
 */
export async function startDaemon(dir: string, command: DaemonCommand): Promise<void> {
  const identity = launch(dir, command);
  let complaint = '';
  const isReady = async () => {
    if (!isRunning(identity)) throw new Error(`${command.name} ended at once${readLogTail(dir, command.name)}`);
    try {
      return await command.isReady();
    } catch (error) {
      complaint = error instanceof Error ? `\n${error.message.trimEnd()}` : '';
      return false;
    }
  };
  if (await waitUntil(isReady, readyTimeoutMs)) return;
  const problem = `${command.name} was not ready after ${readyTimeoutMs / 1000} s${complaint}`;
  throw new Error(`${problem}${readLogTail(dir, command.name)}`);
}

/** Every daemon started in this directory, dead or alive. */
export function listDaemons(dir: string): Daemon[] {
  const records = join(dir, 'pid');
  const names = existsSync(records) ? readdirSync(records).sort() : [];
  return names.map((name) => {
    const [pid, startedAt = ''] = readFileSync(join(records, name), 'utf8').split(' ');
    const identity = { pid: Number(pid), startedAt };
    return { name, ...identity, isRunning: isRunning(identity) };
  });
}

function launch(dir: string, { name, argv, env }: DaemonCommand): ProcessIdentity {
  const log = openSync(join(dir, 'log', `${name}.log`), 'a');
  // Nothing of the caller's environment reaches the daemons: they are the same whoever starts them.
  const child = spawn('/bin/sh', ['-c', 'umask 022; exec "$@"', 'sh', ...argv], {
    cwd: dir,
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: searchPath, HOME: dir, LC_ALL: 'C.UTF-8', ...env },
  });
  closeSync(log);
  child.unref();
  const pid = child.pid ?? 0;
  const identity = { pid, startedAt: readProcess(pid)?.startedAt ?? '' };
  writeFileSync(join(dir, 'pid', name), `${identity.pid} ${identity.startedAt}`);
  return identity;
}

function readLogTail(dir: string, name: string): string {
  const lines = readFileSync(join(dir, 'log', `${name}.log`), 'utf8')
    .trimEnd()
    .split('\n');
  return `\nits log ends with:\n${lines.slice(-15).join('\n')}`;
}
