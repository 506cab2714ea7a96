import { hostname, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { AppContext, TargetName } from '../app/app-context.ts';
import type { TargetChoice } from '../app/choose-target.ts';
import { loadConfig } from '../app/load-config.ts';
import { isRemote } from '../app/target-name.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { UsageError } from '../core/errors.ts';
import { crashAt } from '../engine/crash-points.ts';
import { findProgram } from '../shell/find-program.ts';
import { LocalShell } from '../shell/local-shell.ts';
import { isProcessAlive, processIdentity } from '../shell/process-identity.ts';
import { randomBytes } from '../shell/random-bytes.ts';
import type { Shell } from '../shell/shell.ts';
import { SshShell } from '../shell/ssh/ssh-shell.ts';
import type { Store } from '../store/open-store.ts';
import type { RsyncClient } from '../sync/rsync-client.ts';
import { runnerCommand } from './runner-command.ts';
import type { Accounts } from './ssh-accounts.ts';
import { createTargets, once } from './targets.ts';
import { version } from './version.ts';

/** What the system says; an account that it does not know has none, and finds no directory there. */
function homeOfAccount(): string {
  try {
    return userInfo().homedir;
  } catch {
    return '/nonexistent';
  }
}

export interface AppContextOptions {
  /** The words of the command line. */
  readonly argv?: readonly string[] | undefined;
  /** Which target it names. */
  readonly choice?: (() => TargetChoice) | undefined;
}

/** What only the composition root needs of it. */
export interface OwnedContext extends AppContext, AsyncDisposable {
  /** Begins to connect to the target of a choice, where that is another machine: what follows will ask it. */
  warmUp(choice: TargetChoice): void;
}

/** Builds what commands need, each part on first use; disposing closes what was opened. */
export function createAppContext(
  signal: AbortSignal,
  { argv = [], choice = () => ({}) }: AppContextOptions = {},
): OwnedContext {
  const { env } = process;
  const home = env['HOME']?.startsWith('/') === true ? env['HOME'] : homeOfAccount();
  // An empty or relative path counts as none, as the XDG specification has it.
  const xdg = (name: string, ...places: string[]) =>
    env[name]?.startsWith('/') === true ? env[name] : join(home, ...places);
  const stateDir = join(xdg('XDG_STATE_HOME', '.local', 'state'), 'srunx', hostname());
  const dataDir = join(xdg('XDG_DATA_HOME', '.local', 'share'), 'srunx');
  const configDir = join(xdg('XDG_CONFIG_HOME', '.config'), 'srunx');
  const runRoot = resolve(env['SRUNX_RUN_DIR'] || join(dataDir, 'runs'));
  const hasSlurm = () => findProgram('sbatch', env['PATH'] ?? '') !== undefined;
  const config = once(() => loadConfig({ env, cwd: process.cwd(), configDir }));
  const targets = createTargets({ env, home, runRoot, hasSlurm, config, choice, signal });
  const reach = createReach({ stateDir: join(stateDir, 'embedded'), accounts: targets.accounts });
  let store: Promise<Store> | undefined;
  return {
    env,
    cwd: process.cwd(),
    argv,
    runRoot,
    configDir,
    cacheDir: join(xdg('XDG_CACHE_HOME', '.cache'), 'srunx'),
    stateDir,
    versions: { srunx: version, node: process.versions.node },
    signal,
    now: Date.now,
    monotonicNow: () => performance.now(),
    sleep: (ms) => delay(ms, undefined, { signal }),
    randomBytes,
    holder: processIdentity(),
    isAlive: isProcessAlive,
    ...(env['SRUNX_CRASH_AT'] === undefined ? {} : { reach: crashAt(env['SRUNX_CRASH_AT']) }),
    hasSlurm,
    ...targets,
    store() {
      store ??= openLazily(join(stateDir, 'srunx.db'));
      return store;
    },
    cluster: reach.cluster,
    shell: reach.shell,
    rsync: reach.rsync,
    async [Symbol.asyncDispose]() {
      await reach[Symbol.asyncDispose]();
      const [opened] = await Promise.allSettled([store]);
      if (opened.status === 'fulfilled') opened.value?.[Symbol.dispose]();
    },
  };
}

interface Reach extends Pick<AppContext, 'cluster' | 'shell' | 'rsync'>, AsyncDisposable {}

/** The way to each target, opened when it is first gone. */
function createReach({ stateDir, accounts }: { readonly stateDir: string; readonly accounts: Accounts }): Reach {
  const shells = new Map<TargetName, Shell>();
  const clusters = new Map<TargetName, Promise<Cluster>>();
  const clients = new Map<TargetName, Promise<RsyncClient>>();
  const shell = (target: TargetName): Shell => {
    const known = shells.get(target) ?? (isRemote(target) ? accounts.shell(target) : createShell(target));
    shells.set(target, known);
    return known;
  };
  return {
    shell,
    cluster(target) {
      const cluster = clusters.get(target) ?? createCluster(target, { stateDir, shell });
      clusters.set(target, cluster);
      return cluster;
    },
    rsync(target) {
      const client = clients.get(target) ?? createRsyncClient(shell(target));
      clients.set(target, client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      // What could not be opened was somebody's error already, and has nothing to close.
      for (const opened of await Promise.allSettled(clusters.values())) {
        if (opened.status === 'fulfilled') await opened.value[Symbol.asyncDispose]();
      }
      for (const opened of shells.values()) await opened[Symbol.asyncDispose]();
    },
  };
}

/** Only commands that record or remember need the database, and with it SQLite. */
async function openLazily(path: string): Promise<Store> {
  const { openStore } = await import('../store/open-store.ts');
  return openStore(path);
}

/** Each kind of cluster is loaded by the command that needs it. */
async function createCluster(
  target: TargetName,
  { stateDir, shell }: { readonly stateDir: string; readonly shell: (target: TargetName) => Shell },
): Promise<Cluster> {
  if (target !== 'embedded') {
    const { createSlurmCluster } = await import('../cluster/slurm/slurm-cluster.ts');
    return createSlurmCluster(shell(target));
  }
  const { createEmbeddedCluster } = await import('../cluster/embedded/embedded-cluster.ts');
  return createEmbeddedCluster({ stateDir, env: process.env, runnerCommand: runnerCommand(), version });
}

/** Only commands that bring files need it. */
async function createRsyncClient(shell: Shell): Promise<RsyncClient> {
  if (!(shell instanceof SshShell)) {
    throw new UsageError(`${shell.name} is this machine: there is nothing to bring there`, {
      code: 'usage.not_remote',
      hint: 'Choose a profile with --profile.',
    });
  }
  const { RsyncClient } = await import('../sync/rsync-client.ts');
  return RsyncClient.over(shell);
}

/** With SBATCH_WAIT, sbatch would not answer before the job's end; `srunx sbatch` carries it out itself. */
function createShell(target: TargetName): LocalShell {
  return new LocalShell({ name: target, env: { ...process.env, SBATCH_WAIT: undefined } });
}
