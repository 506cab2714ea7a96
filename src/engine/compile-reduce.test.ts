import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { planAny } from '../core/workflow/plan-any.ts';
import { createRenderer } from '../templates/minijinja-renderer.ts';
import { compileSweep } from './compile-sweep.ts';
import { describeSweep, type RunDescription } from './describe-run.ts';
import { layOutArrays } from './lay-out-arrays.ts';
import { readDescription } from './parse-description.ts';
import { handoversOf, storedText } from './run-description.ts';

const text = `name: grid
sweep: {matrix: {n: [1, 2, 3, 4, 5]}, max_parallel: 2}
jobs:
  - {name: train, command: "x {{ n }}"}
  - {name: eval, command: y, depends_on: [train]}
reduce:
  - {name: sum, command: z}
  - {name: tell, command: z, depends_on: ["afterany:sum"]}
`;

function planned() {
  const { kind, plan } = planAny(
    {
      ...{ text, source: 'f.yaml', overrides: {}, renderer: createRenderer(), launcher: 'none' },
      selection: { from: undefined, to: undefined, only: [] },
      readScript: () => undefined,
      hash: (content) => createHash('sha256').update(content).digest('hex'),
    },
    { id: 'r' },
  );
  if (kind !== 'sweep') throw new Error('no sweep');
  const arrays = layOutArrays(plan, { tokenOf: (position) => `r-${position}`, maxArraySize: 2 });
  return { plan, arrays };
}

it('waits for every array: one that is cancelled as a whole ends before those that it follows', () => {
  const { plan, arrays } = planned();
  const batch = compileSweep(plan, { runId: 'r', directory: '/runs/r', cwd: '/w', arrays, description: '' });
  const tokens = batch.submissions.map(({ token }) => token);
  expect(tokens).toEqual(['r-0', 'r-1', 'r-2', 'r-3', 'r-4', 'r-5', 'r-6', 'r-7']);
  const ends = arrays.map(({ token }) => ({ type: 'afterany', token }));
  expect(batch.submissions.slice(-2).map(({ dependencies }) => dependencies)).toEqual([
    ends,
    [...ends, { type: 'afterany', token: 'r-6' }],
  ]);
  const wrapper = batch.files.find(({ path }) => path === '/runs/r/r-6.sh')?.content;
  expect(wrapper).toContain('srunx_payload=/runs/r/payload/reduce/sum\n');
  expect(wrapper).toContain('srunx_cells=/runs/r/reduce/sum.jsonl\n');
});

it('comes back from what is stored, behind all cells and with its edges to them', () => {
  const { plan, arrays } = planned();
  const logOf = () => ({ pattern: 'x.log', workDir: '/w', user: 'u', isArray: false });
  const description: RunDescription = {
    ...{ version: 1, id: 'r', kind: 'workflow', name: 'grid', source: null, target: 'local' },
    cluster: { key: 'k', kind: 'slurm', name: 'c' },
    ...{ createdAt: 0, planHash: plan.hash, jobs: [] },
    sweep: describeSweep(plan, { arrays, tokenOf: (at) => `r-${arrays.length + at}`, logOf }),
  };
  const read = readDescription(storedText(description), 'r');
  if (read.kind !== 'run') throw new Error(read.kind);
  const { jobs } = read.description;
  expect(jobs).toHaveLength(12);
  const [sum, tell] = jobs.slice(-2);
  expect([sum?.name, sum?.token, sum?.payload, sum?.isFinal]).toEqual(['sum', 'r-6', 'reduce/sum', true]);
  expect(sum?.edges).toEqual(jobs.slice(0, 10).map(({ name }) => ({ type: 'afterany', parent: name })));
  expect(tell?.edges.at(-1)).toEqual({ type: 'afterany', parent: 'sum' });
  expect(tell?.log?.isArray).toBe(false);
  const run = { directory: '/runs/r', plan: storedText(description) };
  const tokens = arrays.map(({ token }) => token).concat('r-6', 'r-7');
  expect(handoversOf(run)).toEqual([{ directory: '/runs/r', tokens }]);
  // What is made of the cells when it is read is not stored.
  expect(JSON.parse(storedText(read.description))).toEqual(JSON.parse(storedText(description)));
});
