import { describe, expect, it } from 'vitest';
import type { AccountingRecord } from './accounting-record.ts';
import { groupSteps, measureEfficiency } from './efficiency.ts';
import { parseJobState } from './job-state.ts';

const mib = 1024 ** 2;

function record(jobId: string, facts: Partial<AccountingRecord> = {}): AccountingRecord {
  const step = /\.(.*)$/.exec(jobId)?.[1];
  return {
    ...{ jobId, rawId: jobId, state: parseJobState('COMPLETED'), nodes: 1, cpus: 1, gpus: 0, name: 'job', extra: {} },
    ...{ startTime: 100, elapsedSeconds: 10, ...(step === undefined ? {} : { step }), ...facts },
  };
}

describe('measureEfficiency', () => {
  it('agrees with seff on a real job of three steps on two nodes', () => {
    // From Slurm's own library: 2.687 of 22 CPU seconds, 14.63% of 1000 MB. seff makes 3 s of the former, and so 13.64%.
    const job = record('1', { cpus: 2, nodes: 2, elapsedSeconds: 11, allocatedMemoryBytes: 1000 * mib });
    const steps = [
      record('1.batch', { cpuSeconds: 0.035, totalRssBytes: 12_808_192, tasks: 1 }),
      record('1.0', { cpuSeconds: 2.403, totalRssBytes: 153_415_680, tasks: 2, maxRssBytes: 76_734_464 }),
      record('1.1', { cpuSeconds: 0.248, totalRssBytes: 139_653_120, tasks: 1 }),
    ];
    expect(measureEfficiency({ job, steps })).toEqual({
      ...{ cpuPercent: 12.21, cpuSecondsUsed: 2.686, cpuSecondsAllocated: 22, gpuPercent: null, gaps: [] },
      ...{ memoryPercent: 14.63, memoryBytesUsed: 153_415_680, memoryBytesAllocated: 1000 * mib },
    });
  });

  it.each([
    ['the request, where nothing was accounted for', { requestedMemoryBytes: 200 * mib }, 50, []],
    ['nothing, where no memory is known', {}, null, ['no memory was allocated to compare with']],
  ])('compares memory with %s', (_, facts, percent, gaps) => {
    const found = measureEfficiency({
      job: record('1', facts),
      steps: [record('1.0', { cpuSeconds: 1, totalRssBytes: 100 * mib })],
    });
    expect([found.memoryPercent, found.gaps]).toEqual([percent, gaps]);
  });

  it.each([
    ['RUNNING', { elapsedSeconds: 9 }, 'the job has not ended: its use is written down at the end of each step'],
    ['PENDING', {}, 'the job has not ended: its use is written down at the end of each step'],
    ['CANCELLED by 0', { elapsedSeconds: 0 }, 'the job did not run for a second'],
  ])('measures nothing of a job that is %s', (state, facts, gap) => {
    const found = measureEfficiency({ job: record('1', { ...facts, state: parseJobState(state) }), steps: [] });
    expect(found).toMatchObject({ cpuPercent: null, memoryPercent: null, gpuPercent: null, gaps: [gap] });
  });

  it('says what was not measured', () => {
    const { cpuPercent, memoryPercent, gpuPercent, gaps } = measureEfficiency({
      job: record('1', { gpus: 1, allocatedMemoryBytes: mib }),
      steps: [record('1.batch', { cpuSeconds: 5 })],
    });
    expect([cpuPercent, memoryPercent, gpuPercent]).toEqual([50, null, null]);
    expect(gaps).toEqual([expect.stringContaining('memory was not measured'), expect.stringContaining('gres/gpuutil')]);
  });

  it.each([
    ['one task that keeps two of four GPUs busy', [{ averageGpuUtilization: 200, tasks: 1 }], 50],
    ['four tasks with a GPU each', [{ averageGpuUtilization: 80, tasks: 4 }], 80],
    [
      'two steps, the longer of which counts more',
      [
        { averageGpuUtilization: 400, tasks: 1, elapsedSeconds: 30 },
        { averageGpuUtilization: 0, tasks: 1, elapsedSeconds: 10 },
      ],
      75,
    ],
  ])('weighs the GPU use of %s', (_, facts, percent) => {
    const steps = facts.map((step, index) => record(`1.${index}`, step));
    expect(measureEfficiency({ job: record('1', { gpus: 4 }), steps }).gpuPercent).toBe(percent);
  });
});

describe('groupSteps', () => {
  it('gives each attempt of a job its own steps, and no job the steps of another', () => {
    const rows = ['1', '1.batch', '1', '1.batch', '1.0', '12', '1.extern', '1_3', '1_3.batch'].map((id) => record(id));
    expect(groupSteps(rows).map(({ job, steps }) => [job.jobId, steps.map(({ step }) => step)])).toEqual([
      ['1', ['batch']],
      ['1', ['batch', '0']],
      ['12', []],
      ['1_3', ['batch']],
    ]);
  });
});
