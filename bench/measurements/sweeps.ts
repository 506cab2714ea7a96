import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare, type Measured, median, ms, peakMegabytes, program, timeCommand } from '../measure.ts';
import { requestsSoFar } from '../requests.ts';
import { setPartitions } from './submission.ts';

interface Place {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
}

const rounds = 5;
const stages = ['prep', 'train', 'eval'] as const;

/** So many cells, each of three jobs after one another. */
export function sweepOf(cells: number): string {
  return [
    ...[
      'name: sweep',
      'sweep:',
      '  matrix:',
      `    lr: {linspace: [0.1, 1, ${cells / 100}]}`,
      '    seed: {range: [0, 100]}',
    ],
    ...['  max_parallel: 50', `  max_cells: ${cells}`, 'jobs:'],
    ...stages.flatMap((name, index) => [
      `  - name: ${name}`,
      `    command: ["python", "${name}.py", "--lr", "{{ lr }}", "--seed", "{{ seed }}", "--out", "out/{{ cell.name }}"]`,
      '    time_limit: 10m',
      ...(index === 0 ? [] : [`    depends_on: [${stages[index - 1]}]`]),
    ]),
    '',
  ].join('\n');
}

/**
 * Sweeps of three jobs: the hand-over of a thousand cells, against three bare calls of sbatch, and what it takes to plan ten thousand
 * and to look at them. The partitions are down meanwhile.
 */
export async function measureSweeps(dir: string, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  await setPartitions('DOWN', env);
  try {
    return [
      await measureHandOver({ dir, env }),
      await measureLargePlan({ dir, env }),
      ...(await measureLooks({
        dir,
        env: { ...env, XDG_STATE_HOME: join(dir, 'large-state'), SRUNX_RUN_DIR: join(dir, 'large-runs') },
      })),
    ];
  } finally {
    await setPartitions('UP', env);
  }
}

async function measureHandOver({ dir, env }: Place): Promise<Measured> {
  const cells = 1_000;
  const file = write(dir, cells);
  const native = join(dir, 'arrays.sh');
  writeFileSync(native, scriptOf(cells));
  const submission = {
    argv: [process.execPath, program, 'flow', 'run', '--local', '--detach', file],
    env,
    cwd: dir,
  } as const;
  const ours: number[] = [];
  const theirs: number[] = [];
  const submitted: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = await submissions(env);
    ours.push((await timeCommand(submission)).ms);
    submitted.push((await submissions(env)) - before);
    await timeCommand({ argv: ['scancel', '--me'], env });
    theirs.push((await timeCommand({ argv: ['sh', native], env, cwd: dir })).ms);
    await timeCommand({ argv: ['scancel', '--me'], env });
  }
  const { megabytes } = peakMegabytes(submission);
  await timeCommand({ argv: ['scancel', '--me'], env });
  const requests = Math.max(...submitted);
  return {
    what: `sweep, ${cells} cells x 3, handed over`,
    value: `${ms(median(ours))}, ${requests} submissions, ${megabytes.toFixed(0)} MB`,
    reference: `three bare calls of sbatch --array ${ms(median(theirs))}`,
    limit: '2 s, 6 submissions, 200 MB',
    withinLimit: median(ours) <= 2_000 && requests <= 6 && megabytes <= 200,
  };
}

function scriptOf(cells: number): string {
  const lines = stages.map(
    (name, index) =>
      `${name}=$(sbatch --parsable --array=0-${cells - 1}%50 ${index === 0 ? '' : `-d aftercorr:$${stages[index - 1]} `}--wrap true)`,
  );
  return `${lines.join('\n')}\n`;
}

async function submissions(env: NodeJS.ProcessEnv): Promise<number> {
  return (await requestsSoFar(env)).get('REQUEST_SUBMIT_BATCH_JOB') ?? 0;
}

const many = 10_000;

async function measureLargePlan({ dir, env }: Place): Promise<Measured> {
  const plan = { argv: [process.execPath, program, 'flow', 'plan', '--embedded', write(dir, many)], env } as const;
  const { ours, theirs } = await compare({ ours: plan, theirs: nothing(env) }, rounds);
  const { megabytes } = peakMegabytes(plan);
  return {
    what: `flow plan, ${many} cells x 3`,
    value: `${ms(ours)}, ${megabytes.toFixed(0)} MB`,
    reference: `an empty Node program ${ms(theirs)}`,
    limit: '3 s',
    withinLimit: ours <= 3_000,
  };
}

/** While all of it waits, which the cluster is asked about, and when it has ended. */
async function measureLooks({ dir, env }: Place): Promise<Measured[]> {
  const argv = [process.execPath, program, 'flow', 'run', '--local', '--detach', write(dir, many)] as const;
  await timeCommand({ argv, env, cwd: dir });
  const open = [await measureLook('status', { env, when: 'open' }), await measureLook('list', { env, when: 'open' })];
  await timeCommand({ argv: ['scancel', '--me'], env });
  const ended = [
    await measureLook('status', { env, when: 'ended' }),
    await measureLook('list', { env, when: 'ended' }),
  ];
  return [...open, ...ended];
}

async function measureLook(
  command: 'status' | 'list',
  { env, when }: { readonly env: NodeJS.ProcessEnv; readonly when: string },
): Promise<Measured> {
  const look = { argv: [process.execPath, program, 'sweep', command], env } as const;
  // The first writes down what is new.
  await timeCommand(look);
  const { ours, theirs } = await compare({ ours: look, theirs: nothing(env) }, rounds);
  return {
    what: `sweep ${command}, ${many} cells x 3, ${when}`,
    value: ms(ours),
    reference: `an empty Node program ${ms(theirs)}`,
    limit: '300 ms',
    withinLimit: ours <= 300,
  };
}

function nothing(env: NodeJS.ProcessEnv) {
  return { argv: [process.execPath, '-e', ''], env } as const;
}

function write(dir: string, cells: number): string {
  const file = join(dir, `sweep-${cells}.yaml`);
  writeFileSync(file, sweepOf(cells));
  return file;
}
