import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { planWorkflow } from '../../src/core/workflow/plan.ts';
import { createRenderer } from '../../src/templates/minijinja-renderer.ts';
import { type Measured, ms, timeCalls } from '../measure.ts';

const jobs = 1_000;
const edgesPerJob = 5;

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
