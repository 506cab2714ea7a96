import { expect, it } from 'vitest';
import type { PlannedJob } from './plan.ts';
import { differenceOf } from './same-job.ts';

const job: PlannedJob = {
  ...{ name: 'a', kind: 'command', edges: [], args: ['x'], wrapped: true, script: 'echo' },
  options: ['--nodes=1', '--time=5'],
  env: { A: '1', B: '2' },
  files: { inputs: ['i'], outputs: [], hash: false },
};

it.each<[Partial<PlannedJob>, string | undefined]>([
  [{}, undefined],
  [{ edges: [{ type: 'afterok', parent: 'z' }], onError: 'ignore', logDir: 'x' }, undefined],
  [{ options: ['--time=5', '--nodes=1'], env: { B: '2', A: '1' } }, undefined],
  [{ script: 'echo 2' }, 'its script has changed'],
  [{ kind: 'shell' }, 'its script has changed'],
  [{ args: [] }, 'its arguments have changed'],
  [{ options: ['--nodes=2', '--time=5'] }, 'its options have changed'],
  [{ env: { A: '1', B: '3' } }, 'its variables have changed'],
  [{ reads: [{ parent: 'z', key: 'k', variable: 'V' }] }, 'it reads something else of others'],
  [{ files: { inputs: ['i'], outputs: ['o'], hash: false } }, 'it names other inputs or outputs'],
])('%j: %s', (changes, expected) => {
  expect(differenceOf({ ...job, ...changes }, job)).toBe(expected);
});
