import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Measured, median, ms, program, timeCommand } from '../measure.ts';

const rounds = 3;

interface Shape {
  readonly what: string;
  readonly count: number;
  /** Positions of the jobs that the job at this position waits for. */
  readonly parentsOf: (index: number) => readonly number[];
}

const layer = 20;

const shapes: readonly Shape[] = [
  { what: 'submitting 300 jobs', count: 300, parentsOf: () => [] },
  {
    what: 'submitting 200 jobs in layers',
    count: 200,
    // Two of the layer before.
    parentsOf: (index) =>
      index < layer ? [] : [index - layer, index - layer - (index % layer) + ((index + 1) % layer)],
  },
];

/**
 * Submitting jobs: one `srunx flow run` from Enter to its end, against a shell script with the same bare calls of `sbatch`. The
 * partitions are down meanwhile, so that no job runs and disturbs the other side.
 */
export async function measureSubmission(dir: string, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  writeFileSync(join(dir, 'job.sh'), '#!/bin/sh\ntrue\n');
  await setPartitions('DOWN', env);
  try {
    const measured: Measured[] = [];
    for (const shape of shapes) measured.push(await measureShape(shape, { dir, env }));
    return measured;
  } finally {
    await setPartitions('UP', env);
  }
}

async function measureShape(
  shape: Shape,
  { dir, env }: { readonly dir: string; readonly env: NodeJS.ProcessEnv },
): Promise<Measured> {
  const workflow = join(dir, 'submission.yaml');
  const script = join(dir, 'submission.sh');
  writeFileSync(workflow, workflowOf(shape));
  writeFileSync(script, scriptOf(shape));
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const argv = [process.execPath, program, 'flow', 'run', '--local', '--detach', workflow] as const;
    ours.push((await timeCommand({ argv, env, cwd: dir })).ms);
    await timeCommand({ argv: ['scancel', '--me'], env });
    theirs.push((await timeCommand({ argv: ['sh', script], env, cwd: dir })).ms);
    await timeCommand({ argv: ['scancel', '--me'], env });
  }
  const ratio = median(ours) / median(theirs);
  return {
    what: shape.what,
    value: ms(median(ours)),
    reference: `${ratio.toFixed(2)} x the bare calls of sbatch (${ms(median(theirs))})`,
    limit: '1.3 x',
    withinLimit: ratio <= 1.3,
  };
}

function workflowOf({ count, parentsOf }: Shape): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const parents = parentsOf(index).map((parent) => `job${parent}`);
    return `  - {name: job${index}, command: 'true', depends_on: [${parents.join(', ')}]}`;
  });
  return `name: submission\njobs:\n${lines.join('\n')}\n`;
}

function scriptOf({ count, parentsOf }: Shape): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const edges = parentsOf(index).map((parent) => `:$id_${parent}`);
    return `id_${index}=$(sbatch --parsable ${edges.length === 0 ? '' : `-d afterok${edges.join('')} `}job.sh)`;
  });
  return `${lines.join('\n')}\n`;
}

/** Jobs of partitions that are down wait, and disturb nothing that is measured. */
export async function setPartitions(state: 'UP' | 'DOWN', env: NodeJS.ProcessEnv): Promise<void> {
  for (const name of ['gpu', 'cpu', 'all']) {
    await timeCommand({ argv: ['scontrol', 'update', `PartitionName=${name}`, `State=${state}`], env });
  }
}
