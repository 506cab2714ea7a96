import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listProcesses } from '../../dev/processes.ts';

/** The pid of the hand-over that writes into a plan directory, once it says so; `find` tells the directory when it is there. */
export async function handoverPid(find: () => string | undefined): Promise<number | undefined> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    const directory = find();
    const log = directory === undefined ? '' : join(directory, 'handover.log');
    const pid = existsSync(log) ? /^begin (\d+)/m.exec(readFileSync(log, 'utf8'))?.[1] : undefined;
    if (pid !== undefined) return Number(pid);
    await sleep(2);
  }
  return undefined;
}

/** The hand-over has a session of its own: all that it has started and not yet waited for. */
export function sessionOf(leader: number): number[] {
  return listProcesses().flatMap(({ pid }) => (sessionIdOf(pid) === leader && pid !== leader ? [pid] : []));
}

function sessionIdOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

export function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
