import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { DaemonCommand } from './daemon.ts';
import { findProgram, run } from './processes.ts';

/** Creates the cluster's own munge key. */
export function munged(dir: string): DaemonCommand {
  const munge = join(dir, 'munge');
  const socket = join(munge, 'socket');
  writeFileSync(join(munge, 'key'), randomBytes(128), { mode: 0o600 });
  const files = [
    `--key-file=${munge}/key`,
    `--socket=${socket}`,
    `--pid-file=${munge}/pid`,
    `--seed-file=${munge}/seed`,
  ];
  return {
    name: 'munged',
    argv: ['munged', '--foreground', ...files, `--log-file=${dir}/log/munged.log`],
    isReady: () => answers(['munge', '--no-input', `--socket=${socket}`]),
  };
}

/**
 * A database server that starts empty and that only its owner can reach, so it needs no accounts; what it holds may be lost
 * at any time, so it need not wait for the disk.
 */
export function mariadbd(dir: string): DaemonCommand {
  const database = join(dir, 'database');
  const common = `--no-defaults --user=${userInfo().username} --datadir=${database}/data`;
  const access = `--skip-networking --skip-grant-tables --socket=${databaseSocket(dir)} --pid-file=${database}/pid`;
  const speed = '--innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=64M --innodb-lock-wait-timeout=900';
  const script = `mariadb-install-db ${common} --skip-test-db; exec mariadbd ${common} ${access} ${speed}`;
  return { name: 'mariadbd', argv: ['sh', '-ec', script], isReady: () => existsSync(databaseSocket(dir)) };
}

export function slurmdbd(dir: string): DaemonCommand {
  const env = { ...slurmEnv(dir), MYSQL_UNIX_PORT: databaseSocket(dir) };
  return {
    name: 'slurmdbd',
    argv: ['slurmdbd', '-D'],
    env,
    isReady: () => answers(['sacctmgr', 'show', 'tres'], env),
  };
}

export function slurmctld(dir: string): DaemonCommand {
  const env = slurmEnv(dir);
  return { name: 'slurmctld', argv: ['slurmctld', '-D'], env, isReady: () => answers(['scontrol', 'ping'], env) };
}

/** `scontrol` says what jobs on the node find under that name: see `DevClusterOptions`. */
export function slurmd(
  dir: string,
  node: { readonly name: string; readonly scontrol?: 'missing' | 'no-requeue' | undefined },
): DaemonCommand {
  const env = slurmEnv(dir);
  const argv = ['slurmd', '-D', '-N', node.name] as const;
  return {
    name: `slurmd-${node.name}`,
    argv: node.scontrol === undefined ? argv : [...withOtherScontrol(dir, node.scontrol), ...argv],
    env,
    isReady: async () => (await run(['sinfo', '-h', '-n', node.name, '-p', 'all', '-o', '%T'], env)).trim() === 'idle',
  };
}

/** The GPUs are this machine's null device under other names. */
export function createGpus(dir: string): void {
  for (const index of [0, 1]) symlinkSync('/dev/null', join(dir, 'gpu', `nvidia${index}`));
}

export function sshd(dir: string, port: number): DaemonCommand {
  // sshd starts itself again for each connection and wants its absolute path for that.
  const argv = [findProgram('sshd') ?? 'sshd', '-D', '-e', '-f', join(dir, 'ssh', 'sshd_config')] as const;
  return { name: 'sshd', argv, isReady: () => isListening(port) };
}

export function sshRelay(ports: {
  readonly listenPort: number;
  readonly targetPort: number;
  readonly delayMs: number;
}): DaemonCommand {
  const program = join(import.meta.dirname, 'tcp-relay.ts');
  const numbers = [ports.listenPort, ports.targetPort, ports.delayMs].map(String);
  return {
    name: 'ssh-relay',
    argv: [process.execPath, program, ...numbers],
    isReady: () => isListening(ports.listenPort),
  };
}

export function slurmEnv(dir: string): { readonly SLURM_CONF: string } {
  return { SLURM_CONF: join(dir, 'etc', 'slurm.conf') };
}

function databaseSocket(dir: string): string {
  return join(dir, 'database', 'socket');
}

/**
 * A job brings its PATH from where it was submitted, so a folder in front of it would not do. The node gets a mount
 * namespace of its own instead, in which the folder of Slurm's commands has another `scontrol` or none.
 */
function withOtherScontrol(dir: string, scontrol: 'missing' | 'no-requeue'): [string, ...string[]] {
  const shim = join(dir, 'shim');
  mkdirSync(shim, { recursive: true });
  const script = [
    'mount -t tmpfs tmpfs "$1"',
    'mkdir "$1/real" "$1/upper" "$1/work"',
    'mount --bind "$2" "$1/real"',
    'mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" overlay "$2"',
    'rm "$2/scontrol"',
    ...(scontrol === 'missing' ? [] : ['printf "%s\\n" "$3" > "$2/scontrol"', 'chmod 755 "$2/scontrol"']),
    'shift 3',
    'exec "$@"',
  ];
  const wrapper = [
    '#!/bin/sh',
    'case " $* " in',
    '*" requeue"*) echo "Requested operation is presently disabled" >&2; exit 1 ;;',
    'esac',
    `exec ${shim}/real/scontrol "$@"`,
  ];
  const folder = dirname(findProgram('scontrol') ?? '/usr/bin/scontrol');
  return ['unshare', '--mount', 'sh', '-ec', script.join('\n'), 'sh', shim, folder, wrapper.join('\n')];
}

async function answers(argv: readonly [string, ...string[]], env?: NodeJS.ProcessEnv): Promise<boolean> {
  await run(argv, env);
  return true;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
