import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessRef } from './queue.ts';

const isLinux = process.platform === 'linux';

interface ProcessFacts {
  readonly parent: number;
  readonly session: number;
  /** In clock ticks since boot. */
  readonly startTicks: string;
  readonly zombie: boolean;
}

/** The process with this number at this moment, in a form that outlives it; `undefined` where there is none. */
export function findProcess(pid: number): ProcessRef | undefined {
  const start = isLinux ? linuxStart(pid) : portableStart(pid);
  return start === undefined ? undefined : { pid, start };
}

export function isAlive(reference: ProcessRef): boolean {
  return findProcess(reference.pid)?.start === reference.start;
}

/**
 * Sends a signal to a shim and everything in its session: to its process group at once, and on Linux to the groups that
 * its descendants made too. The shim itself lives on, unless the signal cannot be caught. Nothing happens where the number
 * belongs to another process by now.
 */
export function signalSession(reference: ProcessRef, name: string): void {
  // Nothing lives through a restart of the machine; its numbers are given out anew.
  if (isLinux && !reference.start.startsWith(`${bootId()}:`)) return;
  const leader = findProcess(reference.pid);
  // Without a leader its session may still have members, and as long as it has, its number is not given to others.
  if (leader !== undefined && leader.start !== reference.start) return;
  send(-reference.pid, name);
  if (!isLinux) return;
  for (const [pid, facts] of listProcesses()) {
    if (facts.session === reference.pid && pid !== reference.pid && !inGroup(pid, reference.pid)) send(pid, name);
  }
}

/** Sends a signal to the script that a shim started, and to nothing else. */
export function signalScript(reference: ProcessRef, name: string): void {
  if (!isLinux) signalSession(reference, name);
  else if (isAlive(reference)) {
    for (const [pid, facts] of listProcesses()) if (facts.parent === reference.pid) send(pid, name);
  }
}

/** A negative number is a process group. Silent where nobody is left to receive it. Signals may be numbers, too. */
function send(pid: number, name: string): void {
  try {
    process.kill(pid, /^\d+$/.test(name) ? Number(name) : `SIG${name}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A process that changed its user is out of our hands.
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function linuxStart(pid: number): string | undefined {
  const facts = readFacts(pid);
  return facts === undefined || facts.zombie ? undefined : `${bootId()}:${facts.startTicks}`;
}

let boot: string | undefined;

/** Ticks since boot say nothing without the boot. */
export function bootId(): string {
  boot ??= readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return boot;
}

function readFacts(pid: number | string): ProcessFacts | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The command's name stands in parentheses and may hold anything, `) ` included.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    zombie: fields[0] === 'Z' || fields[0] === 'X',
    parent: Number(fields[1]),
    session: Number(fields[3]),
    startTicks: fields[19] ?? '',
  };
}

function inGroup(pid: number, group: number): boolean {
  const stat = readText(`/proc/${pid}/stat`) ?? '';
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) === group;
}

function* listProcesses(): Generator<[number, ProcessFacts]> {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const facts = readFacts(name);
    if (facts !== undefined) yield [Number(name), facts];
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // The process has ended meanwhile.
    return undefined;
  }
}

function portableStart(pid: number): string | undefined {
  const env = { ...process.env, LC_ALL: 'C' };
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8', env });
  return stdout?.trim() || undefined;
}
