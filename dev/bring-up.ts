import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { writeClientConfig } from './client-config.ts';
import { type ClusterRecord, createDirectory, makeFolder, withLock, writeRecord } from './cluster-directory.ts';
import { startDaemon } from './daemon.ts';
import type { DevClusterOptions } from './dev-cluster.ts';
import { findFreePorts } from './free-ports.ts';
import { chooseAccount, type LoginSetup, prepareLogin, privilegeFolder, providePrivilegeFolder } from './login.ts';
import { createMemoryCgroup } from './memory-cgroup.ts';
import { run, settleAll } from './processes.ts';
import { createGpus, mariadbd, munged, slurmctld, slurmd, slurmdbd, slurmEnv, sshd, sshRelay } from './services.ts';
import { nodeNames, renderSlurmConfig } from './slurm-config.ts';

/** Makes the directory and starts all that is in it. After an error parts of it run, but nothing is being started any more. */
export async function bringUp(dir: string, options: DevClusterOptions): Promise<ClusterRecord> {
  const { nodes = 4, accounting = true, sshDelayMs = 0 } = options;
  const id = randomBytes(3).toString('hex');
  const account = chooseAccount(dir, id);
  const starting = { isUp: false, clusterName: `dev_${id}`, account, version: '', memoryEnforced: false };
  createDirectory(dir);
  writeRecord(dir, starting);
  for (const folder of ['cgroup', 'etc', 'gpu', 'log', 'munge', 'pid', 'spool', 'ssh']) makeFolder(join(dir, folder));
  for (const folder of ['database', 'state']) makeFolder(join(dir, folder), 0o700);
  createGpus(dir);
  const [controllerPort = 0, databasePort = 0, sshPort = 0, relayPort = 0, ...nodePorts] = await findFreePorts(
    4 + nodes,
  );
  const memory = await createMemoryCgroup(dir, starting.clusterName);
  const files = renderSlurmConfig({
    ...memory,
    dir,
    clusterName: starting.clusterName,
    hostName: hostname().split('.')[0] ?? 'localhost',
    user: userInfo().username,
    controllerPort,
    nodePorts,
    accountingPort: accounting ? databasePort : undefined,
    cpusPerNode: options.cpus ?? 16,
    maxArraySize: options.maxArraySize ?? 10_001,
    minJobAge: options.minJobAge ?? 300,
    enforcesLimits: options.maxSubmit !== undefined,
  });
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(dir, 'etc', name), content);
    chmodSync(join(dir, 'etc', name), name === 'slurmdbd.conf' ? 0o600 : 0o644);
  }
  const clientPort = sshDelayMs > 0 ? relayPort : sshPort;
  const login = { account, serverPort: sshPort, clientPort, slurmConf: slurmEnv(dir).SLURM_CONF };
  const { scontrol, maxSubmit } = options;
  const users = [userInfo().username, account.user];
  const slurm = { accounting, scontrol, maxSubmit, users, nodes: nodeNames({ nodePorts }) };
  writeClientConfig(dir);
  await settleAll([startLogin(dir, { ...login, delayMs: sshDelayMs }), startSlurm(dir, slurm)]);
  const version = /\d+\.\d+\.\d+/.exec(await run(['sinfo', '--version'], slurmEnv(dir)))?.[0] ?? 'unknown';
  const record = { ...starting, isUp: true, version, memoryEnforced: memory.enforcesMemory };
  writeRecord(dir, record);
  return record;
}

async function startSlurm(
  dir: string,
  options: Pick<DevClusterOptions, 'accounting' | 'scontrol' | 'maxSubmit'> & {
    readonly nodes: readonly string[];
    readonly users: readonly string[];
  },
): Promise<void> {
  const first = options.accounting ? [munged(dir), mariadbd(dir)] : [munged(dir)];
  await settleAll(first.map((command) => startDaemon(dir, command)));
  if (options.accounting) await startDaemon(dir, slurmdbd(dir));
  await startDaemon(dir, slurmctld(dir));
  if (options.maxSubmit !== undefined) await limitUsers(dir, { users: options.users, maxSubmit: options.maxSubmit });
  await settleAll(options.nodes.map((name) => startDaemon(dir, slurmd(dir, { name, scontrol: options.scontrol }))));
}

/** Where associations are enforced, nobody submits without one. */
async function limitUsers(
  dir: string,
  { users, maxSubmit }: { readonly users: readonly string[]; readonly maxSubmit: number },
): Promise<void> {
  const sacctmgr = (...words: string[]) => run(['sacctmgr', '-i', ...words], slurmEnv(dir));
  await sacctmgr('add', 'account', 'limited');
  for (const user of new Set(users)) {
    await sacctmgr('add', 'user', user, 'account=limited', 'defaultaccount=limited', `maxsubmitjobs=${maxSubmit}`);
    await sacctmgr('modify', 'user', user, 'set', 'defaultaccount=limited');
  }
}

async function startLogin(dir: string, login: LoginSetup & { readonly delayMs: number }): Promise<void> {
  const { serverPort, clientPort, delayMs } = login;
  await prepareLogin(dir, login);
  // The end of another cluster must not remove the folder in between.
  await withLock(privilegeFolder, async () => {
    providePrivilegeFolder();
    await startDaemon(dir, sshd(dir, serverPort));
  });
  if (delayMs > 0) await startDaemon(dir, sshRelay({ listenPort: clientPort, targetPort: serverPort, delayMs }));
}
