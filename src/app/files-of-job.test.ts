import { describe, expect, it } from 'vitest';
import type { DescribedJob } from '../engine/describe-run.ts';
import { logsOf, pathsOf, receiptOf } from './files-of-job.ts';
import type { HistoryEntry } from './history-entry.ts';

function entry(log: Partial<NonNullable<DescribedJob['log']>>, options: readonly string[] = []): HistoryEntry {
  const job: DescribedJob = {
    ...{ name: 'train', token: 'r-0', edges: [], options, variables: [], wrapped: true },
    log: { pattern: 'slurm-%j.out', workDir: '/w', user: 'me', isArray: false, ...log },
  };
  const facts = { name: 'train', token: 'r-0', jobId: '7', nodeList: 'c[1-2]', restarts: 0, directory: '/runs/r' };
  const plan = () => ({ job, cwd: '/w', script: '/runs/r/payload/train', log: undefined });
  return { ...(facts as unknown as HistoryEntry), plan };
}

describe('logsOf', () => {
  const logs = (from: HistoryEntry, { script = '', task }: { script?: string; task?: number } = {}) =>
    logsOf(from, { script, task }).map(({ path, pattern, destination }) =>
      pattern === undefined ? [path, destination] : [`${path} ${pattern}`, destination],
    );

  it.each<[title: string, pattern: string, expected: string[][]]>([
    ['in the working directory', 'slurm-%j.out', [['/w/slurm-7.out', 'slurm-7.out']]],
    ['below it', 'logs/%x_%u_%N.log', [['/w/logs/train_me_c1.log', 'logs/train_me_c1.log']]],
    ['elsewhere', '/scratch/%j.log', [['/scratch/7.log', '7.log']]],
    ['nowhere', '/dev/null', []],
    ['under a name that nobody can tell', 'a%S[1].log', [['/w a*\\[1\\].log', '.']]],
    ['in a directory that nobody can tell', '%S/x.log', []],
  ])('finds the log %s', (_, pattern, expected) => {
    expect(logs(entry({ pattern }))).toEqual(expected);
  });

  it('finds the logs of all tasks of an array by a pattern, and of one by its name', () => {
    const array = entry({ pattern: 'out/%A_%a.log', isArray: true });
    expect(logs(array)).toEqual([['/w/out 7_*.log', 'out']]);
    expect(logs(array, { task: 3 })).toEqual([['/w/out/7_3.log', 'out/7_3.log']]);
    expect(logs(entry({ pattern: 't-%j-%4a.log', isArray: true }), { task: 3 })).toEqual([['/w t-*-0003.log', '.']]);
  });

  it('finds standard error apart, wherever it was asked for', () => {
    const both = [
      ['/w/slurm-7.out', 'slurm-7.out'],
      ['/w/7.err', '7.err'],
    ];
    expect(logs(entry({}, ['--error=%j.err']))).toEqual(both);
    expect(logs(entry({}), { script: '#!/bin/sh\n#SBATCH -e %j.err\n' })).toEqual(both);
    expect(logs(entry({}, ['--error=slurm-%j.out']))).toEqual(both.slice(0, 1));
  });
});

it.each([
  [{ state: 'skipped' }, true],
  [{ state: 'cancelled' }, true],
  [{ state: 'cancelled', startTime: 1 }, false],
  [{ state: 'failed' }, false],
  [{ state: 'pending' }, false],
] as const)('the log of a job that is %j may be missing: %s', (facts, isOptional) => {
  expect(logsOf({ ...entry({}), ...facts }, { script: '', task: undefined })).toMatchObject([{ isOptional }]);
});

it('a receipt is that of the job', () => {
  expect(receiptOf(entry({}))).toMatchObject([{ path: '/runs/r/receipts/r-0', isOptional: true }]);
});

describe('pathsOf', () => {
  it('are relative to the working directory', () => {
    const found = pathsOf(entry({}), ['results/', './a//b', 'x/../y']).map(({ path, destination }) => [
      path,
      destination,
    ]);
    expect(found).toEqual([
      ['/w/results', 'results'],
      ['/w/a/b', 'a/b'],
      ['/w/y', 'y'],
    ]);
  });

  it.each(['', '/etc/passwd', '../x', 'a/../../x'])('`%s` is refused', (word) => {
    expect(() => pathsOf(entry({}), [word])).toThrow(expect.objectContaining({ code: 'usage.path' }));
  });
});
