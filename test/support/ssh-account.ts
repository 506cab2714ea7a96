import { homedir } from 'node:os';
import type { DevCluster } from '../../dev/dev-cluster.ts';
import type { SshOptions } from '../../src/shell/ssh/ssh-master.ts';
import { SshShell } from '../../src/shell/ssh/ssh-shell.ts';

/** The unprivileged account of a dev cluster, as its own ssh reaches it. */
export function sshShellOf(cluster: DevCluster): SshShell {
  return new SshShell(sshOptions({ host: 'dev', configFile: cluster.sshConfig }));
}

export function sshOptions(account: SshOptions['account'], env: NodeJS.ProcessEnv = {}): SshOptions {
  return {
    name: 'dev',
    account,
    env: { ...process.env, ...env },
    home: homedir(),
    hostKeys: 'reject',
    persist: 60,
  };
}
