import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from './cluster-directory.ts';
import { listProcesses, run } from './processes.ts';

/** The account that ssh logs in to; created for the cluster when we are root, else our own. */
export interface LoginAccount {
  readonly user: string;
  readonly home: string;
  readonly isOurs: boolean;
}

export function chooseAccount(dir: string, id: string): LoginAccount {
  if (process.getuid?.() === 0) return { user: `srunxdev-${id}`, home: join(dir, 'home'), isOurs: true };
  const { username, homedir } = userInfo();
  return { user: username, home: homedir, isOurs: false };
}

export interface LoginSetup {
  readonly account: LoginAccount;
  /** Where sshd listens, and where clients connect to: the same, or a relay's. */
  readonly serverPort: number;
  readonly clientPort: number;
  /** Slurm's configuration, which every session gets as SLURM_CONF. */
  readonly slurmConf: string;
  /** The account's, where it is created. Default: bash. */
  readonly shell?: string | undefined;
  /** Lines of the server's configuration that come before the usual ones, and so win. */
  readonly serverSettings?: readonly string[] | undefined;
  /** Lines of the client's configuration. */
  readonly clientSettings?: readonly string[] | undefined;
}

/** Creates the account, its key, the server's key and the configuration of both sides (`ssh/config` is the client's). */
export async function prepareLogin(dir: string, login: LoginSetup): Promise<void> {
  const ssh = join(dir, 'ssh');
  const createKey = (name: string) =>
    run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'srunx-dev', '-f', join(ssh, name)]);
  await Promise.all([createKey('host_key'), createKey('user_key'), createAccount(login.account, login.shell)]);
  const hostKey = readFileSync(join(ssh, 'host_key.pub'), 'utf8');
  writeFileSync(join(ssh, 'authorized_keys'), readFileSync(join(ssh, 'user_key.pub')));
  chmodSync(join(ssh, 'authorized_keys'), 0o644); // sshd reads it as the account
  writeFileSync(join(ssh, 'known_hosts'), `[127.0.0.1]:${login.clientPort} ${hostKey}`);
  writeFileSync(join(ssh, 'sshd_config'), renderServerConfig(dir, login));
  writeFileSync(
    join(ssh, 'config'),
    renderHost(dir, { alias: 'dev', user: login.account.user, port: login.clientPort, settings: login.clientSettings }),
  );
}

/** The account's user id if it is one that this cluster created and that still exists. */
export async function findAccountUid({ user, home, isOurs }: LoginAccount): Promise<number | undefined> {
  if (!isOurs) return undefined;
  const entry = await run(['getent', 'passwd', user]).catch(() => '');
  const [, , uid, , , actualHome] = entry.split(':');
  return actualHome === home && Number(uid) > 0 ? Number(uid) : undefined;
}

/** Processes of the account must have ended. */
export async function removeAccount(account: LoginAccount): Promise<void> {
  if ((await findAccountUid(account)) !== undefined) await run(['userdel', '--force', account.user]);
}

export const privilegeFolder = '/run/sshd';
const privilegeMark = join(privilegeFolder, 'srunx-dev');

/** sshd run by root insists on this folder, which a service manager would make. The mark says that we made it. */
export function providePrivilegeFolder(): void {
  if (process.getuid?.() !== 0 || existsSync(privilegeFolder)) return;
  makeFolder(privilegeFolder);
  writeFileSync(privilegeMark, '');
}

/** Removes the folder if a cluster made it and no sshd of this machine needs it any more. */
export function removePrivilegeFolder(): void {
  if (!existsSync(privilegeMark) || listProcesses().some(({ name }) => name === 'sshd')) return;
  rmSync(privilegeFolder, { recursive: true, force: true });
}

async function createAccount({ user, home, isOurs }: LoginAccount, shell = '/bin/bash'): Promise<void> {
  if (!isOurs) return;
  // The password `*` matches nothing; the usual `!` would mean a locked account, which sshd refuses.
  await run(['useradd', '--no-create-home', '--home-dir', home, '--shell', shell, '--password', '*', user]);
  makeFolder(home, 0o700);
  await run(['chown', `${user}:`, home]);
}

function renderServerConfig(dir: string, { account, serverPort, slurmConf, serverSettings = [] }: LoginSetup): string {
  return [
    ...serverSettings,
    `ListenAddress 127.0.0.1:${serverPort}`,
    `HostKey ${dir}/ssh/host_key`,
    `AuthorizedKeysFile ${dir}/ssh/authorized_keys`,
    `AllowUsers ${account.user}`,
    `SetEnv SLURM_CONF=${slurmConf}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PrintMotd no',
    'MaxStartups 100',
    'Subsystem sftp internal-sftp',
    '',
  ].join('\n');
}

interface HostEntry {
  readonly alias: string;
  readonly user: string;
  readonly port: number;
  readonly settings?: readonly string[] | undefined;
}

/** An entry of the client's configuration for the login that was prepared in this directory. */
export function renderHost(dir: string, { alias, user, port, settings = [] }: HostEntry): string {
  return [
    `Host ${alias}`,
    '  HostName 127.0.0.1',
    `  Port ${port}`,
    `  User ${user}`,
    `  IdentityFile ${dir}/ssh/user_key`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  UserKnownHostsFile ${dir}/ssh/known_hosts`,
    '  GlobalKnownHostsFile /dev/null',
    '  StrictHostKeyChecking yes',
    ...settings.map((line) => `  ${line}`),
    '',
  ].join('\n');
}
