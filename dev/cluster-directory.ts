import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoginAccount } from './login.ts';
import { waitUntil } from './processes.ts';

/** What ending a cluster takes, written before anything is started; the rest follows from the directory. */
export interface ClusterRecord {
  readonly isUp: boolean;
  /** Slurm's ClusterName. */
  readonly clusterName: string;
  readonly account: LoginAccount;
  /** Slurm's release, such as `22.05.8`; empty until it is up. */
  readonly version: string;
  readonly memoryEnforced: boolean;
}

/** Where the cluster of this name lives. Names are per user and machine. */
export function devClusterDir(name: string): string {
  return join(tmpdir(), `${dirPrefix()}${name}`);
}

/** Of tests that run side by side each worker, counted from 1, has a cluster of its own. */
export function workerDir(dir: string, worker: number): string {
  return `${dir}-${worker}`;
}

export function dirPrefix(): string {
  return `srunx-dev-${process.getuid?.() ?? 0}-`;
}

/**
 * Runs `use` while nobody else on this machine starts or ends the cluster of this directory. The lock is a name of the
 * kernel's (an abstract unix socket), so it leaves no file and is free again when its holder dies.
 */
export async function withLock<T>(dir: string, use: () => Promise<T>): Promise<T> {
  let lock: Server | undefined;
  const tryLock = async () => {
    lock = await listen(`\0srunx-dev:${dir}`);
    return lock !== undefined;
  };
  if (!(await waitUntil(tryLock, 180_000))) throw new Error(`another process has been working on ${dir} for minutes`);
  try {
    return await use();
  } finally {
    lock?.close();
  }
}

/** Makes the directory of a cluster, or fails if there is one. */
export function createDirectory(dir: string): void {
  // Slurm's files have no quoting, and the path of a unix socket has room for 107 bytes.
  if (!/^\/[\w./-]{1,80}$/.test(dir)) {
    throw new Error(`${dir} cannot hold a cluster: use letters, digits, ".", "_", "-" and at most 80 bytes`);
  }
  makeFolder(dir);
}

/** Unlike `mkdirSync` alone, whatever the umask: the login account and the daemons must get through. */
export function makeFolder(path: string, mode = 0o755): void {
  mkdirSync(path);
  chmodSync(path, mode);
}

export function writeRecord(dir: string, record: ClusterRecord): void {
  writeFileSync(join(dir, 'state.json.new'), `${JSON.stringify(record, null, 2)}\n`);
  renameSync(join(dir, 'state.json.new'), join(dir, 'state.json'));
}

/** `undefined` when there is no cluster. A directory of somebody else is refused: nothing in it can be trusted. */
export function readRecord(dir: string): ClusterRecord | undefined {
  const owner = statSync(dir, { throwIfNoEntry: false })?.uid;
  if (owner === undefined) return undefined;
  if (owner !== process.getuid?.()) throw new Error(`${dir} belongs to another user; choose another --name or --dir`);
  try {
    return JSON.parse(readFileSync(join(dir, 'state.json'), 'utf8')) as ClusterRecord;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(name, () => resolve(server));
  });
}
