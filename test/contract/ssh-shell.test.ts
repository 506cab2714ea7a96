import { useDevCluster } from '../support/dev-cluster.ts';
import { sshShellOf } from '../support/ssh-account.ts';
import { describeShell } from './describe-shell.ts';

const cluster = useDevCluster();

describeShell('of another machine, over ssh', { create: async () => sshShellOf(cluster()) });
