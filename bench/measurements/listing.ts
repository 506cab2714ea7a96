import type { DevCluster } from '../../dev/dev-cluster.ts';
import { compare, type Measured, ms, program, timeCommand } from '../measure.ts';

/** A listing of the queue, against Slurm's own. */
export async function measureListing(cluster: DevCluster, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  const jobs = 50;
  await timeCommand({
    argv: ['sbatch', '--hold', '--parsable', `--array=1-${jobs}`, '--wrap', 'true'],
    env,
    cwd: cluster.dir,
  });
  const { ours, theirs } = await compare(
    {
      ours: { argv: [process.execPath, program, 'squeue', '--local'], env },
      theirs: { argv: ['squeue'], env },
    },
    15,
  );
  await timeCommand({ argv: ['scancel', '--me'], env });
  return [
    {
      what: 'srunx squeue',
      value: ms(ours),
      reference: `squeue ${ms(theirs)}, difference ${ms(ours - theirs)}`,
      limit: '+ 60 ms',
      withinLimit: ours - theirs <= 60,
    },
  ];
}
