import { describe, expect, it } from 'vitest';
import { groupErrors, type LogEnd, normalizeMessage } from './group-errors.ts';

describe('a message, normalised', () => {
  it.each([
    ['ValueError: lr 0.1 is too large', 'ValueError: lr 1e-5 is too large'],
    ["FileNotFoundError: '/data/a b/x1.csv'", "FileNotFoundError: '/data/a c/x22.csv'"],
    ['cannot open ../out/7.pt', 'cannot open data/8.pt'],
    ['2026-11-26T17:05:05 [ERROR] worker 3 died', '2026-11-27 01:00:00,123 [ERROR] worker 44 died'],
    ['object at 0x7f00aa is gone', 'object at 0x1 is gone'],
    ['run 4f9c2d1e-88aa-4bcd-9eff-0123456789ab', 'run 00000000-1111-2222-3333-444444444444'],
    ['sim-3 on c1', 'sim-12 on c22'],
  ])('%s = %s', (left, right) => {
    expect(normalizeMessage(left)).toBe(normalizeMessage(right));
  });

  it.each([
    ['ValueError: a', 'ValueError: b'],
    ['KeyError: lr', 'IndexError: lr'],
    ['defaced', 'added'],
  ])('%s is not %s', (left, right) => {
    expect(normalizeMessage(left)).not.toBe(normalizeMessage(right));
  });
});

describe('the errors of a run', () => {
  const end = (job: string, ...lines: string[]): LogEnd => ({ job, lines });
  const exit = (ends: readonly LogEnd[], jobs = ends.map(({ job }) => job)) => ({ how: 'exit 1', jobs, ends });
  const trace = (line: number) => ['Traceback:', `  File "x.py", line ${line}`, `ValueError: bad ${line}`];

  it('are one group for each message, with the lines on which all agree', () => {
    const sets = [exit([end('a', 'epoch one', ...trace(1)), end('b', 'other', ...trace(2)), end('c', 'Killed')])];
    expect(groupErrors(sets)).toEqual([
      { how: 'exit 1', jobs: ['a', 'b'], lines: trace(1), logsRead: 2 },
      { how: 'exit 1', jobs: ['c'], lines: ['Killed'], logsRead: 1 },
    ]);
  });

  it('are taken to be those of some logs that agree', () => {
    const jobs = Array.from({ length: 200 }, (_, index) => `sim-${index}`);
    const sets = [exit([end('sim-0', ...trace(1)), end('sim-99', ...trace(2))], jobs), exit([end('x', ...trace(3))])];
    expect(groupErrors(sets)).toEqual([{ how: 'exit 1', jobs: [...jobs, 'x'], lines: trace(1), logsRead: 3 }]);
  });

  it('stay without a message where some logs do not agree, and others were not read', () => {
    const groups = groupErrors([exit([end('a', 'one'), end('b', 'two')], ['a', 'b', 'c', 'd'])]);
    expect(groups.map(({ jobs, lines }) => [jobs, lines])).toEqual([
      [['a'], ['one']],
      [['b'], ['two']],
      [['c', 'd'], []],
    ]);
  });

  it('of an array are those of its tasks', () => {
    const jobsOf = (...ends: LogEnd[]) => groupErrors([exit(ends, ['arr'])]).map(({ jobs }) => jobs);
    expect(jobsOf(end('arr_1', 'no 1'), end('arr_2', 'no 2'))).toEqual([['arr']]);
    expect(jobsOf(end('arr_1', 'no'), end('arr_2', 'yes'))).toEqual([['arr_1'], ['arr_2']]);
  });

  it('are different where the cluster says different things', () => {
    const sets = ['exit 1', 'exit 2'].map((how) => ({ how, jobs: [how], ends: [end(how, 'no')] }));
    expect(groupErrors(sets).map(({ jobs }) => jobs)).toEqual([['exit 1'], ['exit 2']]);
  });

  it('of one job are its last lines', () => {
    const lines = Array.from({ length: 9 }, (_, index) => `line ${'x'.repeat(index)}`);
    expect(groupErrors([exit([end('a', ...lines)])])[0]?.lines).toEqual(lines.slice(-5));
  });

  it('are told without what every failure leaves in its log', () => {
    const at = '2026-11-26T17:05:05';
    const lines = [
      'progress 10%\rprogress 50%\r\u001b[31mError: no\u001b[0m',
      'srun: error: c1: task 0: Exited with exit code 1',
      'srun: Terminating StepId=1.0',
      `slurmstepd-c1: error: *** JOB 1 ON c1 CANCELLED AT ${at} DUE TO TIME LIMIT ***`,
      'srunx: attempt 2 ended with 1 (failed), and no other is left',
      '',
    ];
    const groups = groupErrors([exit([end('a', ...lines), end('silent', ...lines.slice(1))])]);
    expect(groups.map(({ jobs, lines: said }) => [jobs, said])).toEqual([
      [['a'], ['Error: no']],
      [['silent'], []],
    ]);
  });
});
