import { execFile } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A process, told apart from a later one with the same number by when it started (clock ticks since boot). */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** What /proc says about a process; `undefined` when it is gone or only waits for its parent to collect it. */
export interface ProcessFacts extends ProcessIdentity {
  readonly parentPid: number;
  readonly name: string;
}

export function readProcess(pid: number): ProcessFacts | undefined {
  const stat = readProc(pid, 'stat');
  const end = stat.lastIndexOf(')');
  const [state, parentPid, ...rest] = stat.slice(end + 2).split(' ');
  if (end < 0 || state === 'Z' || state === 'X') return undefined;
  return { pid, parentPid: Number(parentPid), name: stat.slice(stat.indexOf('(') + 1, end), startedAt: rest[17] ?? '' };
}

export function listProcesses(): ProcessFacts[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap((pid) => readProcess(Number(pid)) ?? []);
}

export function isRunning(identity: ProcessIdentity): boolean {
  return readProcess(identity.pid)?.startedAt === identity.startedAt;
}

/** Environment a process was started with; empty when it may not be read. */
export function readEnvironment(pid: number): ReadonlySet<string> {
  return new Set(readProc(pid, 'environ').split('\0'));
}

/** Its words, separated by blanks; a daemon may have rewritten them. Empty when the process is gone. */
export function readCommandLine(pid: number): string {
  return readProc(pid, 'cmdline').replaceAll('\0', ' ');
}

/** Real user id of a process. */
export function readUid(pid: number): number | undefined {
  const uid = /^Uid:\s+(\d+)/m.exec(readProc(pid, 'status'))?.[1];
  return uid === undefined ? undefined : Number(uid);
}

/** Administrators' programs are looked for as well: `sbin` is not on everybody's PATH. */
export const searchPath = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;

/** Absolute path of a program. */
export function findProgram(name: string): string | undefined {
  return searchPath
    .split(':')
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** Runs a program to its end and returns its standard output; a failure carries its standard error. */
export async function run(argv: readonly [string, ...string[]], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const [program, ...args] = argv;
  const options = { env: { ...process.env, PATH: searchPath, LC_ALL: 'C', ...env }, maxBuffer: 64 << 20 };
  return (await promisify(execFile)(program, args, options)).stdout;
}

/** Fails as `Promise.all` does, but not before everything has come to an end: nothing goes on behind the caller's back. */
export async function settleAll(tasks: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(tasks)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Asks every 50 ms until the answer is yes; `false` when the time is over. */
export async function waitUntil(isTrue: () => Promise<boolean> | boolean, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A file below /proc/PID: empty when the process is gone or belongs to somebody else. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
