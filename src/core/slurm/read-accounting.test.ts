import { describe, expect, it } from 'vitest';
import { readFixture, readJobIds, releases } from '../../../test/support/slurm-fixtures.ts';
import { furtherColumns } from './accounting-columns.ts';
import { type AccountingRecord, queueWaitSeconds } from './accounting-record.ts';
import { accountingColumns, accountingColumnsWith, parseAccounting } from './read-accounting.ts';

const recorded = [
  ...['JobID', 'JobIDRaw', 'State', 'ExitCode', 'Submit', 'Start', 'End', 'ElapsedRaw', 'TimelimitRaw', 'NNodes'],
  ...['AllocCPUS', 'AllocTRES', 'Partition', 'User', 'NodeList', 'JobName'],
];

describe.each(releases)('sacct of %s', (release) => {
  const ids = readJobIds(release);
  const records = parseAccounting(readFixture(release, 'recipe-sacct.txt'), { mark: '\x1f', columns: recorded });
  const job = (key: string, part = '') => records.find(({ jobId }) => jobId === `${ids.get(key)}${part}`);
  const known = readFixture(release, 'sacct-helpformat.txt').split(/\s+/);

  it('knows every column that is always asked for', () => {
    expect(accountingColumns.filter((column) => !known.includes(column))).toEqual([]);
  });

  it('has no column that cannot be asked for', () => {
    const aliases = ['', 'CPUTime', 'Elapsed', 'NCPUS', 'Timelimit', 'Planned', 'Reserved'];
    const offered = new Set([...accountingColumns, ...furtherColumns, ...aliases]);
    expect(known.filter((column) => !offered.has(column))).toEqual([]);
  });

  it.each([
    ['name_pipe', 'we|ird'],
    ['name_newline', 'new\nline'],
    ['name_us', 'unit\x1fsep'],
    ['name_ja', '日本語'],
    ['name_esc', 'red\x1b[31m'],
    ['name_space', 'two  words '],
    ['name_equals', 'JobState=RUNNING Reason=x'],
    ['name_forged_row', 'x\x1e\n7\x1f7\x1f'],
  ])('keeps the name of %s', (key, name) => expect(job(key)?.name).toBe(name));

  it('reads how jobs ended', () => {
    expect(job('failed_exit3')).toMatchObject({ state: { status: 'FAILED', failureKind: 'exit' }, exit: { code: 3 } });
    expect(job('killed_sigsegv')).toMatchObject({ state: { failureKind: 'signal' }, exit: { code: 0, signal: 11 } });
    expect(job('cancel_running')?.state).toMatchObject({ status: 'CANCELLED', cancelledByUid: 2001 });
    expect(job('running')).not.toHaveProperty('exit');
    expect(job('train')).toMatchObject({
      nodes: 2,
      cpus: 4,
      gpus: 4,
      allocatedTres: expect.stringContaining('gres/gpu=4'),
    });
  });

  it('gives no time to a job that was cancelled while it waited, and says when others did', () => {
    expect(job('dep_never_killed')?.elapsedSeconds ?? 0).toBe(0);
    expect(queueWaitSeconds(job('timeout') as AccountingRecord)).toBeGreaterThanOrEqual(0);
    expect(queueWaitSeconds(job('wait_resources') as AccountingRecord)).toBeUndefined();
  });
});

describe('parseAccounting', () => {
  const columns = accountingColumnsWith(['Comment']);
  const row = (facts: Readonly<Record<string, string>>): string =>
    `${columns.map((column) => facts[column] ?? '').join('@m@')}@m@\n`;
  const read = (text: string) => parseAccounting(text, { mark: '@m@', columns });

  it.each(['a b', '', '\n', '\n12', 'x\n', '日本語', 'a@b'])('keeps %j as name and as comment', (text) => {
    const rows = ['1', '2', '3'].map((id) => row({ JobID: id, JobName: text, Comment: text }));
    expect(read(rows.join('')).map(({ jobId, name, extra }) => [jobId, name, extra['Comment']])).toEqual(
      ['1', '2', '3'].map((id) => [id, text, text]),
    );
  });

  it('reads amounts as numbers: bytes, seconds, per cent', () => {
    const [step] = read(
      row({
        ...{ JobID: '7_3.0', JobIDRaw: '9.0', State: 'COMPLETED', ElapsedRaw: '6', NTasks: '2', AllocCPUS: '2' },
        ...{ TotalCPU: '1-00:00:02', UserCPU: '00:02.403', MaxRSS: '76734464', AllocTRES: 'cpu=2,mem=1.50G,node=2' },
        TRESUsageInTot: 'cpu=00:00:01,energy=0,mem=153415680,pages=2',
        TRESUsageInAve: 'cpu=00:00:00,gres/gpumem=100M,gres/gpuutil=42,mem=76707840',
      }),
    );
    expect(step).toMatchObject({
      ...{ step: '0', tasks: 2, cpuSeconds: 86_402, userCpuSeconds: 2.403, maxRssBytes: 76_734_464 },
      ...{ totalRssBytes: 153_415_680, averageGpuUtilization: 42, allocatedMemoryBytes: 1536 * 1024 ** 2 },
    });
  });

  it.each([
    ['4Gn', 4 * 2],
    ['1Gc', 8],
    ['4G', 4],
  ])('reads %s, the request of old releases, as %i GiB of the job', (text, gib) => {
    const [job] = read(row({ JobID: '7', ReqMem: text, NNodes: '2', ReqCPUS: '8' }));
    expect(job?.requestedMemoryBytes).toBe(gib * 1024 ** 3);
  });

  it('leaves out what was cut off', () => {
    const text = row({ JobID: '7', JobName: 'x' });
    expect(read(text + text.slice(0, -1))).toHaveLength(1);
    expect(read('')).toEqual([]);
  });
});
