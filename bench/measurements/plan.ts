import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { planWorkflow } from '../../src/core/workflow/plan.ts';
import { createRenderer } from '../../src/templates/minijinja-renderer.ts';
import { type Measured, median, ms, program, timeCalls, timeCommand } from '../measure.ts';

const jobs = 1_000;
const edgesPerJob = 5;

/** The whole command for 5,000 jobs in layers of 200. */
export async function measurePlanCommand(dir: string, env: NodeJS.ProcessEnv): Promise<Measured[]> {
  const file = join(dir, 'plan.yaml');
  const lines = Array.from({ length: 5_000 }, (_, index) => {
    const parents = index < 200 ? '' : `, depends_on: [job${index - 200}]`;
    return `  - {name: job${index}, command: echo ${index}, time_limit: 10m${parents}}`;
  });
  writeFileSync(file, `name: large\njobs:\n${lines.join('\n')}\n`);
  const command = (verb: string) => [process.execPath, program, 'flow', verb, '--embedded', file] as const;
  const times: Record<string, number> = {};
  for (const verb of ['validate', 'plan']) {
    const rounds: number[] = [];
    for (let round = 0; round < 3; round += 1) rounds.push((await timeCommand({ argv: command(verb), env })).ms);
    times[verb] = median(rounds);
  }
  const shown = times['plan'] ?? Number.NaN;
  return [
    {
      what: 'flow plan of 5,000 jobs',
      value: ms(shown),
      reference: `flow validate ${ms(times['validate'] ?? Number.NaN)}`,
      limit: '1,000 ms',
      withinLimit: shown <= 1_000,
    },
  ];
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
