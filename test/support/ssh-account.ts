import { homedir } from 'node:os';
import type { DevCluster } from '../../dev/dev-cluster.ts';
import { SshShell } from '../../src/shell/ssh/ssh-shell.ts';

/** The unprivileged account of a dev cluster, as its own ssh reaches it. */
export function sshShellOf(cluster: DevCluster): SshShell {
  return new SshShell({
    name: 'dev',
    account: { host: 'dev', configFile: cluster.sshConfig },
    env: process.env,
    home: homedir(),
    hostKeys: 'reject',
    persist: 60,
  });
}
