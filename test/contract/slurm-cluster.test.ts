import { createSlurmCluster } from '../../src/cluster/slurm/slurm-cluster.ts';
import { LocalShell } from '../../src/shell/local-shell.ts';
import { useDevCluster } from '../support/dev-cluster.ts';
import { describeCluster } from './describe-cluster.ts';

const devCluster = useDevCluster();
const createShell = async () => new LocalShell({ name: 'local', env: { ...process.env, ...devCluster().env } });

describeCluster('Slurm on this machine', {
  create: async () => createSlurmCluster(await createShell()),
  createShell,
  isLarge: true,
  enforcesMemory: () => devCluster().memoryEnforced,
});
