import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names this process among all that ever were: host, pid, and when it started, so that a reused pid is not taken for it. */
export function processIdentity(pid: number = process.pid): string {
  return `${hostname()}:${pid}:${startTime(pid) ?? ''}`;
}

/** Whether the process behind an identity, or behind a part of it (`...#2`), still runs. Of other hosts nothing can be told: they count as alive. */
export function isProcessAlive(identity: string): boolean {
  const [, host, pid, started] = /^([^:]+):(\d+):([^#]*)/.exec(identity) ?? [];
  if (host === undefined || started === '') return false;
  return host !== hostname() || startTime(Number(pid)) === started;
}

/** `undefined` when the process is gone or only waits for its parent to collect it. */
function startTime(pid: number): string | undefined {
  return existsSync('/proc/self/stat') ? startTimeFromProc(pid) : startTimeFromPs(pid);
}

/** In clock ticks since boot. */
function startTimeFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before `)` may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** For systems without /proc, such as macOS: to the second. */
function startTimeFromPs(pid: number): string | undefined {
  const env = { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' };
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', `${pid}`], { encoding: 'utf8', env });
  const [, state = 'Z', started] = /^(\S+)\s+(.+?)\s*$/.exec(stdout) ?? [];
  return state.startsWith('Z') ? undefined : started;
}
