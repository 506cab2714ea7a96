import type { DevCluster } from '../../dev/dev-cluster.ts';
import { compare, type Measured, ms, program, timeCommand } from '../measure.ts';

/** A listing of the queue, against Slurm's own. The limit is in ms: how fast the machine is, an empty Node program tells. */
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
  const nothing = { argv: [process.execPath, '-e', ''], env } as const;
  const { ours: node } = await compare({ ours: nothing, theirs: nothing }, 8);
  return [
    {
      what: 'srunx squeue',
      value: ms(ours),
      reference: `squeue ${ms(theirs)}, difference ${ms(ours - theirs)}; an empty Node program ${ms(node)}`,
      limit: '+ 60 ms',
      withinLimit: ours - theirs <= 60,
    },
  ];
}
