import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Measured, median, ms, program, timeCommand } from '../measure.ts';

const count = 300;
const rounds = 3;

/**
 * Submitting 300 independent jobs: one `srunx flow run` from Enter to its end, against a bare shell loop of `sbatch`. The
 * partition is down meanwhile, so that no job runs and disturbs the other side.
 */
export async function measureSubmission(dir: string, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  const workflow = join(dir, 'wide.yaml');
  const loop = join(dir, 'loop.sh');
  const names = Array.from({ length: count }, (_, index) => `job${index}`);
  writeFileSync(
    workflow,
    `name: wide\njobs:\n${names.map((name) => `  - {name: ${name}, command: 'true'}`).join('\n')}\n`,
  );
  writeFileSync(join(dir, 'job.sh'), '#!/bin/sh\ntrue\n');
  writeFileSync(loop, `i=0\nwhile [ $i -lt ${count} ]; do sbatch --parsable job.sh >/dev/null; i=$((i + 1)); done\n`);
  const ours: number[] = [];
  const theirs: number[] = [];
  await setPartitions('DOWN', env);
  try {
    for (let round = 0; round < rounds; round += 1) {
      const argv = [process.execPath, program, 'flow', 'run', '--local', '--detach', workflow] as const;
      ours.push((await timeCommand({ argv, env, cwd: dir })).ms);
      await timeCommand({ argv: ['scancel', '--me'], env });
      theirs.push((await timeCommand({ argv: ['sh', loop], env, cwd: dir })).ms);
      await timeCommand({ argv: ['scancel', '--me'], env });
    }
  } finally {
    await setPartitions('UP', env);
    rmSync(loop);
  }
  const ratio = median(ours) / median(theirs);
  return [
    {
      what: `submitting ${count} jobs`,
      value: ms(median(ours)),
      reference: `${ratio.toFixed(2)} x a loop of sbatch (${ms(median(theirs))})`,
      limit: '1.3 x',
      withinLimit: ratio <= 1.3,
    },
  ];
}

async function setPartitions(state: 'UP' | 'DOWN', env: NodeJS.ProcessEnv): Promise<void> {
  for (const name of ['gpu', 'cpu', 'all']) {
    await timeCommand({ argv: ['scontrol', 'update', `PartitionName=${name}`, `State=${state}`], env });
  }
}
