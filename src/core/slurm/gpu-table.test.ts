import { describe, expect, it } from 'vitest';
import {
  controlMarks,
  randomMarks,
  readFixture,
  recordedFields,
  releases,
} from '../../../test/support/slurm-fixtures.ts';
import { type GpuRow, gpuRows, gpuTotal, sharedGpus } from './gpu-table.ts';
import type { JobObservation } from './job-observation.ts';
import { parseJobState } from './job-state.ts';
import type { Inventory } from './node-info.ts';
import { parseSinfo } from './sinfo.ts';
import { parseSqueue } from './squeue.ts';

const fields = [
  ...['NodeList', 'PartitionName', 'StateLong', 'StateComplete', 'CPUsState', 'Memory', 'AllocMem', 'Gres', 'GresUsed'],
  'Reason',
];

describe.each(releases)('GPUs of %s', (release) => {
  const inventory = (name: string) => parseSinfo(readFixture(release, name), { marks: controlMarks, fields });
  const jobs = parseSqueue(readFixture(release, 'recipe-squeue-marker.txt'), {
    marks: randomMarks,
    fields: recordedFields,
  });
  const row = (rows: readonly GpuRow[], partition: string, type: string) =>
    rows.find((candidate) => candidate.partition === partition && candidate.type === type);

  it('are counted by partition and type, and those of overlapping partitions once in all', () => {
    const busy = inventory('recipe-sinfo.txt');
    const rows = gpuRows(busy, jobs);
    expect(row(rows, 'gpu', 'a100')).toMatchObject({ total: 4, used: 4, free: 0, freeOnOneNode: 0, nodes: 2 });
    expect(row(rows, 'cpu', '')).toMatchObject({ total: 2, used: 2, free: 0, nodes: 1 });
    for (const partition of ['cpu', 'urgent', 'scavenge']) {
      expect(row(rows, partition, 'v100')).toMatchObject({ total: 2, used: 1, free: 1, freeOnOneNode: 1, nodes: 1 });
    }
    expect(gpuTotal(busy, jobs)).toMatchObject({ total: 8, used: 7, free: 1, reserved: 0, unavailable: 0, nodes: 4 });
  });

  it('are waited for', () => {
    const rows = gpuRows(inventory('recipe-sinfo.txt'), jobs);
    // Six a100 are asked for by name, and four GPUs of any type, which in this partition are a100.
    expect(row(rows, 'gpu', 'a100')).toMatchObject({ pending: 10, pendingJobs: 3 });
    expect(gpuTotal(inventory('recipe-sinfo.txt'), jobs)).toMatchObject({ pending: 10, pendingJobs: 3 });
  });

  it('are not free on nodes that take no jobs', () => {
    const out = gpuTotal(inventory('nodes-recipe-sinfo.txt'), []);
    expect(out).toMatchObject({ total: 8, free: 0, freeOnOneNode: 0 });
    expect(out.used + out.unavailable).toBe(8);
  });
});

describe('gpuRows', () => {
  const node = (name: string, total: number, used: number) => ({
    ...{ name, partitions: ['p'], cpus: { total: 8, allocated: 0, idle: 8 }, memoryMb: { total: 1, allocated: 0 } },
    state: { class: 'mixed' as const, raw: 'mixed', word: 'mixed', flags: [], wakeUp: false, promised: false },
    ...{ gpus: [{ type: 'a', total, used }], features: [] },
    shared: [{ name: 'shard', type: 'a', total: 8, used: 2 }],
  });
  const partition = { name: 'p', isDefault: true, up: true, availability: 'up', timeLimitSeconds: null };
  const inventory: Inventory = {
    partitions: [
      { ...partition, nodes: ['n1', 'n2'] },
      { ...partition, name: 'q', nodes: [] },
    ],
    nodes: [node('n1', 8, 3), node('n2', 8, 7)],
  };
  const waiting = (jobId: string, facts: Partial<JobObservation>): JobObservation => ({
    ...{ jobId, rawId: '1', state: parseJobState('PENDING'), nodes: 1, cpus: 1, gpus: 2, restarts: 0, name: 'x' },
    ...{ source: 'controller', partition: 'p' },
    ...facts,
  });

  it('tells what one node has, and counts every unstarted task of an array', () => {
    const [row] = gpuRows(inventory, [waiting('7_[0-8:2%2]', {}), waiting('8', { gpuTypes: { a: 2 } })]);
    expect(row).toEqual({
      ...{ partition: 'p', type: 'a', total: 16, used: 10, free: 6, freeOnOneNode: 5, reserved: 0, unavailable: 0 },
      ...{ pending: 12, pendingJobs: 6, nodes: 2 },
    });
  });

  it('has a row for what nobody has, and asks in every partition that would do', () => {
    const jobs = [waiting('9', { partition: 'p,q', gpus: 3, gpuTypes: { b: 1 } })];
    const shown = gpuRows(inventory, jobs).map(({ partition: name, type, total, pending }) => [
      name,
      type,
      total,
      pending,
    ]);
    expect(shown).toEqual([
      ['p', 'a', 16, 2],
      ['p', 'b', 0, 1],
      ['q', '', 0, 2],
      ['q', 'b', 0, 1],
    ]);
    expect(gpuTotal(inventory, jobs)).toMatchObject({ pending: 3, pendingJobs: 1 });
  });

  it('counts parts of GPUs apart', () => {
    expect(sharedGpus(inventory.nodes)).toEqual([{ name: 'shard', type: 'a', total: 16, used: 4 }]);
  });
});
