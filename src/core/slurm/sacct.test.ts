import { describe, expect, it } from 'vitest';
import { expectedRows, summarize } from '../../../test/support/recorded-jobs.ts';
import { readFixture, readJobIds, releases } from '../../../test/support/slurm-fixtures.ts';
import type { JobObservation } from './job-observation.ts';
import { parseSacct, sacctArgs } from './sacct.ts';

const mark = '\x1f';

describe.each(releases)('sacct of %s', (release) => {
  const ids = readJobIds(release);
  const id = (key: string, part = ''): string => `${ids.get(key)}${part}`;
  const records = parseSacct(readFixture(release, 'recipe-sacct.txt'), { mark });
  const byId = new Map(records.map((record) => [record.jobId, record]));
  const rows = expectedRows(release);

  it.each(rows.map((row) => ({ ...row, label: `${row.key}${row.part}` })))(
    'reads $label',
    ({ key, part, accounting }) => {
      const record = byId.get(id(key, part));
      expect(record && summarize(record)).toEqual(accounting);
    },
  );

  it('has no other rows but the leader of a waiting heterogeneous job, since 24.11', () => {
    const expected = rows.filter(({ accounting }) => accounting !== undefined).map(({ key, part }) => id(key, part));
    const leader = release >= '24.11' ? [id('het_held')] : [];
    expect([...byId.keys()].sort()).toEqual([...expected, ...leader].sort());
  });

  it('counts GPUs over the whole job', () => {
    expect(byId.get(id('train'))).toMatchObject({ nodes: 2, cpus: 4, gpus: 4, nodeList: 'c[1-2]' });
    expect(byId.get(id('gpus_typed'))).toMatchObject({ nodes: 1, cpus: 1, gpus: 1 });
    expect(byId.get(id('gpus_per_task'))?.gpus).toBe(1);
  });

  it('leaves out what a waiting job does not have', () => {
    const record = byId.get(id('wait_resources'));
    for (const key of ['startTime', 'endTime', 'exit', 'nodeList']) expect(record).not.toHaveProperty(key);
    expect(record).toMatchObject({ nodes: 2, elapsedSeconds: 0, timeLimitSeconds: 3_600, gpus: 0 });
  });

  it('gives a job that was cancelled while it waited no time that grows', () => {
    const record = byId.get(id('dep_never_killed'));
    expect(record?.elapsedSeconds ?? 0).toBe(0);
    expect(record?.endTime === undefined).toBe(release === '24.11' || release === '25.05');
  });

  it('ties tasks and components to their job', () => {
    expect(byId.get(id('array_mixed', '_2'))).toMatchObject({ arrayJobId: id('array_mixed'), arrayTask: '2' });
    expect(byId.get(id('array_mixed', '_[4-9%2]'))).toMatchObject({ arrayTask: '4-9%2', rawId: id('array_mixed') });
    expect(byId.get(id('het_done', '+1'))).toMatchObject({ hetJobId: id('het_done'), hetOffset: 1 });
  });

  it('knows no limit from a limit of a year', () => {
    const limit = byId.get(id('configuring'))?.timeLimitSeconds;
    expect([null, 365 * 86_400]).toContain(limit);
    expect(byId.get(id('wait_partition_limit'))?.timeLimitSeconds).toBe(30 * 86_400);
  });

  it('knows a failed node', () => {
    const later = parseSacct(readFixture(release, 'nodes-recipe-sacct.txt'), { mark });
    const failed = later.find(({ jobId }) => jobId === id('node_fail'));
    expect(failed?.state).toMatchObject({ status: 'FAILED', terminal: true, failureKind: 'node_fail' });
  });
});

describe('sacctArgs', () => {
  const query = { jobIds: ['12', '13_4'], since: 1_795_470_000.9, mark: '@m@' };

  it('asks for allocations since a second of our own clock', () => {
    const args = sacctArgs(query);
    expect(args).toEqual([
      ...['-X', '-n', '-p', '--delimiter=@m@', '--noconvert', '-S', 'uts1795470000', '-j', '12,13_4', '-o'],
      expect.stringMatching(/^JobID,JobIDRaw,State,.*,JobName$/),
    ]);
  });

  it('asks for earlier attempts only where they are wanted', () => {
    expect(sacctArgs(query)).not.toContain('-D');
    expect(sacctArgs({ ...query, history: true })).toContain('-D');
  });

  it('asks for all times with the earliest second that sacct accepts', () => {
    expect(sacctArgs({ ...query, since: 0 })).toContain('uts1000000');
  });
});

describe('parseSacct', () => {
  const record = (name: string, state = 'COMPLETED', jobId = '7'): string =>
    `${[jobId, '7', state, '0:0', '1', '1', '2', '1', '60', '1', '1', '', 'cpu', 'user', 'c1', name].join('@m@')}@m@\n`;
  const parse = (text: string): JobObservation[] => parseSacct(text, { mark: '@m@' });

  it.each(['a b', '', '\n', '\nfoo', '\n\nfoo\n', 'a@b', '日本語', 'x@m'])('keeps the name %j', (name) => {
    expect(parse(`${record('before')}${record(name)}${record('after')}`).map((job) => job.name)).toEqual([
      'before',
      name,
      'after',
    ]);
  });

  it.each(['7.batch', '7.0', '7+1.extern', 'JobID', ''])('leaves out %j, which is no allocation', (jobId) => {
    expect(parse(record('step', 'COMPLETED', jobId))).toEqual([]);
  });

  it('drops an unfinished record', () => expect(parse(record('cut').slice(0, -1))).toEqual([]));
});
