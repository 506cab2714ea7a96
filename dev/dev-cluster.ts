import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bringUp } from './bring-up.ts';
import { configHome } from './client-config.ts';
import { type ClusterRecord, devClusterDir, readRecord, withLock } from './cluster-directory.ts';
import { listDaemons } from './daemon.ts';
import { ensurePackages } from './packages.ts';
import { removeCluster } from './remove-cluster.ts';
import { slurmEnv } from './services.ts';

export interface DevClusterOptions {
  /** Nodes c1, c2, …: the first half is partition `gpu`, the rest `cpu`, all of them `all`. Default 4. */
  readonly nodes?: number;
  /** CPUs that each node claims to have. Default 16. */
  readonly cpus?: number;
  /** Keep accounts: slurmdbd on a database server of its own. Default true. */
  readonly accounting?: boolean;
  /** What jobs find when they call `scontrol`: nothing, or one that refuses to requeue. Needs root. Default: the real one. */
  readonly scontrol?: 'missing' | 'no-requeue' | undefined;
  /** Slurm's MaxArraySize. Default 10001. */
  readonly maxArraySize?: number;
  /** Seconds for which the controller remembers a finished job. Default 300. */
  readonly minJobAge?: number;
  /** Each user may have so many jobs in the queue, each task of an array being one. Needs accounting. Default: no limit. */
  readonly maxSubmit?: number | undefined;
  /** Delay of the ssh connection in each direction; a round trip takes twice that. Default 0. */
  readonly sshDelayMs?: number;
  /** Told about steps that take long. */
  readonly onProgress?: (text: string) => void;
}

export interface DevCluster extends AsyncDisposable {
  readonly dir: string;
  /** Slurm's ClusterName, unique per cluster. */
  readonly clusterName: string;
  /** Slurm's release, such as `22.05.8`. */
  readonly version: string;
  /** A job that exceeds its memory ends OUT_OF_MEMORY. */
  readonly memoryEnforced: boolean;
  /** The account behind `ssh -F <sshConfig> dev`: unprivileged if we are root, else our own. */
  readonly user: string;
  readonly home: string;
  readonly sshConfig: string;
  /** What XDG_CONFIG_HOME may be set to: srunx then has the profile `dev`, which is that account. */
  readonly configHome: string;
  /** What a process needs in its environment to use the cluster. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends everything and leaves nothing behind. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a fresh cluster in `dir` (default: a new one below the temporary directory), which must not exist. When that
 * fails nothing stays behind. Installs Slurm where `ensurePackages` may.
 */
export function startDevCluster(options: DevClusterOptions & { readonly dir?: string } = {}): Promise<DevCluster> {
  const dir = options.dir ?? devClusterDir(randomBytes(3).toString('hex'));
  return withLock(dir, () => start(dir, options));
}

/**
 * The cluster in this directory: the running one, after waiting for a process that just starts it, or a fresh one. What a
 * dead or damaged cluster left behind is removed first.
 */
export function ensureDevCluster(options: DevClusterOptions & { readonly dir: string }): Promise<DevCluster> {
  const { dir } = options;
  return withLock(dir, async () => {
    const running = openDevCluster(dir);
    if (running !== undefined) return running;
    await removeCluster(dir);
    return start(dir, options);
  });
}

/** The cluster in this directory if it is up and all its daemons are running. */
export function openDevCluster(dir: string): DevCluster | undefined {
  const record = readRecord(dir);
  const isUp = record?.isUp === true && listDaemons(dir).every((daemon) => daemon.isRunning);
  return isUp ? toDevCluster(dir, record) : undefined;
}

/** Ends the cluster in this directory, complete or not. Answers `false` when there was none. */
export function stopDevCluster(dir: string): Promise<boolean> {
  return withLock(dir, () => removeCluster(dir));
}

async function start(dir: string, options: DevClusterOptions): Promise<DevCluster> {
  await ensurePackages(options);
  if (options.scontrol !== undefined && process.getuid?.() !== 0) throw new Error('the option scontrol needs root');
  if (options.maxSubmit !== undefined && options.accounting === false) throw new Error('a limit needs accounting');
  if (existsSync(dir)) throw new Error(`${dir} exists already`);
  try {
    return toDevCluster(dir, await bringUp(dir, options));
  } catch (error) {
    await removeCluster(dir);
    throw error;
  }
}

function toDevCluster(dir: string, { clusterName, version, memoryEnforced, account }: ClusterRecord): DevCluster {
  const stop = async () => {
    await stopDevCluster(dir);
  };
  const sshConfig = join(dir, 'ssh', 'config');
  return {
    ...{
      dir,
      clusterName,
      version,
      memoryEnforced,
      sshConfig,
      configHome: configHome(dir),
      user: account.user,
      home: account.home,
    },
    env: { ...slurmEnv(dir), SRUNX_DEV_DIR: dir, SRUNX_DEV_SSH_CONFIG: sshConfig, SRUNX_DEV_SSH_HOST: 'dev' },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
