import { createSlurmCluster } from '../../src/cluster/slurm/slurm-cluster.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { sshShellOf } from '../support/ssh-account.ts';
import { describeCluster } from './describe-cluster.ts';

const devCluster = useDevCluster();
const createShell = async () => sshShellOf(devCluster());

describeCluster('Slurm on another machine', {
  create: async () => createSlurmCluster(await createShell()),
  createShell,
  isLarge: true,
  enforcesMemory: () => devCluster().memoryEnforced,
});
