import { describe, expect, it } from 'vitest';
import { planText } from '../../../test/support/plan-text.ts';
import { formatTotals, planTotals, usageOf, usageWithRetries } from './plan-totals.ts';

function usage(lines: string, script?: string): string {
  const { jobs } = planText(`jobs: [{name: a, ${lines}}]`, { readScript: () => script });
  const [job] = jobs;
  if (job === undefined) throw new Error('no job');
  const { coreHours, gpuHours } = usageOf(job);
  return `${coreHours} ${gpuHours}`;
}

describe('what a job uses at most', () => {
  it.each([
    ['command: x, time_limit: 2h', '2 0'],
    ['command: x, time_limit: 30', '0.5 0'],
    ['command: x, time_limit: 1-0, cpus_per_task: 4', '96 0'],
    ['command: x, time_limit: 1h, nodes: 2, ntasks_per_node: 3, cpus_per_task: 4', '24 0'],
    ['command: x, time_limit: 1h, nodes: 2, gpus_per_node: 4', '2 8'],
    ['command: x, time_limit: 1h, gpus: "a100:2"', '1 2'],
    ['command: x, time_limit: 1h, array: 0-9%2', '10 0'],
    ['command: x', 'undefined 0'],
    ['command: x, time_limit: unlimited', 'undefined 0'],
    ['command: x, gpus: 1', 'undefined undefined'],
    ['command: x, time_limit: 1h, exclusive: true', 'undefined undefined'],
    ['command: x, time_limit: 1h, nodes: 2-6', 'undefined undefined'],
  ])('%s: %s', (lines, expected) => expect(usage(lines)).toBe(expected));

  it.each([
    ['path: x.sh', '#SBATCH --time=3:00:00 -c 2 --gpus=1', '6 3'],
    ['path: x.sh, time_limit: 1h', '#SBATCH --time=3:00:00 -c 2 --array=1-5', '10 0'],
    ['path: x.sh', '', 'undefined 0'],
  ])('%s with %j: %s', (lines, directive, expected) => {
    expect(usage(lines, `#!/bin/sh\n${directive}\ntrue\n`)).toBe(expected);
  });
});

describe('what a plan uses at most', () => {
  const totals = (...jobs: string[]) => {
    const plan = planText(`jobs: [${jobs.map((lines, index) => `{name: j${index}, command: x${lines}}`).join(', ')}]`);
    const { coreHours, gpuHours, ...all } = planTotals(plan.jobs);
    return [coreHours, gpuHours, formatTotals({ coreHours, gpuHours, ...all }, plan.jobs.length)];
  };

  it('is the sum, where all is known', () => {
    expect(totals(', time_limit: 1h', ', time_limit: 20m')).toEqual([4 / 3, 0, 'uses: at most 1.33 core-hours']);
    expect(totals(', time_limit: 1h, gpus: 2, matrix: {i: [1, 2, 3]}')).toEqual([
      ...[3, 6, 'uses: at most 3 core-hours and 6 GPU-hours'],
    ]);
  });

  it('is not known where one has no limit, and says which', () => {
    expect(totals(', time_limit: 1h', '')).toEqual([
      ...[undefined, 0, 'uses: at most 1 core-hours, and 1 job without a limit (j1)'],
    ]);
    expect(totals('', ', gpus: 1')).toEqual([
      ...[undefined, undefined, 'uses: not known, 2 jobs without a limit (j0, j1)'],
    ]);
    expect(totals(...Array.from({ length: 7 }, () => ''))[2]).toContain(
      '7 jobs without a limit (j0, j1, j2, j3, j4, ...)',
    );
  });
});

describe('what a job uses at most with all retries', () => {
  it.each([
    ['time_limit: 1h', 1],
    ['time_limit: 1h, retry: 3', 4],
    ['time_limit: 1h, array: 0-9, retry: 1', 20],
    ['time_limit: 1h, retry: {max: 2, on: [timeout], grow: {time: 2}}', 1 + 2 + 4],
    ['time_limit: 1h, checkpoint: {signal: USR1, max: 5}', 6],
    ['time_limit: 1h, checkpoint: {signal: USR1, max: 5}, retry: {max: 1, on: [timeout], grow: {time: 2}}', 3 + 5 * 2],
    ['retry: 3', undefined],
  ])('%s: %s core-hours', (lines, expected) => {
    const [job] = planText(`jobs: [{name: a, command: x, ${lines}}]`).jobs;
    if (job === undefined) throw new Error('no job');
    expect(usageWithRetries(job).coreHours).toBe(expected);
  });
});
