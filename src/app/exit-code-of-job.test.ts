import { expect, it } from 'vitest';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { parseJobState } from '../core/slurm/job-state.ts';
import { exitCodeOfJob } from './exit-code-of-job.ts';

function row(state: string, code = 0, signal = 0): JobObservation {
  const exit = { code, signal };
  return {
    jobId: '1',
    rawId: '1',
    state: parseJobState(state),
    exit,
    nodes: 1,
    cpus: 1,
    gpus: 0,
    restarts: 0,
    name: 'x',
    source: 'controller',
  };
}

it.each([
  [0, [row('COMPLETED')]],
  [3, [row('FAILED', 3)]],
  [7, [row('COMPLETED'), row('FAILED', 7), row('FAILED', 2)]],
  [1, [row('FAILED', 0, 9)]],
  [1, [row('OUT_OF_MEMORY', 0, 125)]],
  [1, [row('TIMEOUT')]],
  [1, [row('CANCELLED')]],
  [1, [row('NODE_FAIL')]],
  [1, [row('BRAND_NEW')]],
  [0, []],
])('hands on %i', (expected, rows) => {
  expect(exitCodeOfJob(rows)).toBe(expected);
});
