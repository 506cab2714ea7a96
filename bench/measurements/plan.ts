import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { planWorkflow } from '../../src/core/workflow/plan.ts';
import { createRenderer } from '../../src/templates/minijinja-renderer.ts';
import { compare, type Measured, ms, program, timeCalls } from '../measure.ts';

const jobs = 1_000;
const edgesPerJob = 5;

const many = 5_000;

/** Workflows of so many jobs, by what they are like: each costs something else. */
const shapes: Readonly<Record<string, () => readonly string[]>> = {
  'in layers of 200': () => [
    'jobs:',
    ...ofEach((index) => `  - {name: job${index}, command: echo ${index}, time_limit: 10m${parentOf(index)}}`),
  ],
  'with args': () => [
    'args: {lr: 0.10, data: /data}',
    'jobs:',
    ...ofEach(
      (index) => `  - {name: job${index}, command: 'train --lr {{ lr }} {{ data }}/${index}'${parentOf(index)}}`,
    ),
  ],
  'of seven lines each': () => [
    'jobs:',
    ...ofEach((index) =>
      [
        ...[`  - name: job${index}`, `    command: python train.py --seed ${index}`, '    resources:'],
        ...['      gpus_per_node: 1', '      time_limit: 1:00:00', '    env_vars:', `      SEED: "${index}"`],
      ].join('\n'),
    ),
  ],
  'in one matrix': () => [
    ...['jobs:', '  - name: job', '    command: echo {{ matrix.a }} {{ matrix.b }}', '    time_limit: 10m'],
    ...['    matrix:', `      a: [${[...Array(many / 50).keys()]}]`, `      b: [${[...Array(50).keys()]}]`],
  ],
};

function ofEach(job: (index: number) => string): string[] {
  return Array.from({ length: many }, (_, index) => job(index));
}

function parentOf(index: number): string {
  return index < 200 ? '' : `, depends_on: [job${index - 200}]`;
}

/** The whole command, from Enter to its last line. */
export async function measurePlanCommand(dir: string, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const [what, lines] of Object.entries(shapes)) {
    const file = join(dir, 'plan.yaml');
    writeFileSync(file, `name: large\n${lines().join('\n')}\n`);
    const { ours, theirs } = await compare(
      {
        ours: { argv: [process.execPath, program, 'flow', 'plan', '--embedded', file], env },
        theirs: { argv: [process.execPath, '-e', ''], env },
      },
      3,
    );
    measured.push({
      what: `flow plan, ${many} jobs ${what}`,
      value: ms(ours),
      reference: `an empty Node program ${ms(theirs)}`,
      limit: '1,000 ms',
      withinLimit: ours <= 1_000,
    });
  }
  return measured;
}

/** From the text of a workflow to its plan, first call and warm, against reading the same text as YAML alone. */
export function measurePlan(): Measured[] {
  const text = render();
  const renderer = createRenderer();
  const plan = () =>
    planWorkflow({
      text,
      source: 'bench.yaml',
      overrides: {},
      selection: { from: undefined, to: undefined, only: [] },
      renderer,
      launcher: 'srun',
      readScript: () => undefined,
      hash: (content) => createHash('sha256').update(content).digest('hex'),
    });
  const start = performance.now();
  const { length } = plan().jobs.flatMap((job) => job.edges);
  const cold = performance.now() - start;
  const warm = timeCalls(() => void plan(), { warmUp: 1, rounds: 5 });
  const yaml = timeCalls(() => void parse(text), { warmUp: 1, rounds: 5 });
  return [
    {
      what: `plan of ${jobs} jobs, ${length} edges`,
      value: `${ms(cold)} cold, ${ms(warm)} warm`,
      reference: `reading the YAML alone ${ms(yaml)}`,
      limit: '300 ms',
      withinLimit: warm <= 300,
    },
  ];
}

/** Each job after the five before it: 5,000 edges but for the first few jobs, which make up for it with typed ones. */
function render(): string {
  const lines = ['name: bench', 'args: {lr: 0.10, data: /data}', 'jobs:'];
  for (let index = 0; index < jobs; index += 1) {
    const parents = Array.from({ length: Math.min(edgesPerJob, index) }, (_, back) => `job${index - back - 1}`);
    lines.push(`  - name: job${index}`, `    command: python train.py --lr {{ lr }} --data {{ data }}/${index}`);
    if (parents.length > 0) lines.push(`    depends_on: [${parents.join(', ')}]`);
    lines.push('    resources: {nodes: 1, gpus_per_node: 1, time_limit: 1:00:00}');
  }
  return `${lines.join('\n')}\n`;
}
