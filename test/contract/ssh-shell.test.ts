import { homedir } from 'node:os';
import { SshShell } from '../../src/shell/ssh/ssh-shell.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { describeShell } from './describe-shell.ts';

const cluster = useDevCluster();

describeShell('of another machine, over ssh', {
  create: async () =>
    new SshShell({
      name: 'dev',
      account: { host: 'dev', configFile: cluster().sshConfig },
      env: process.env,
      home: homedir(),
      hostKeys: 'reject',
      persist: 60,
    }),
});
