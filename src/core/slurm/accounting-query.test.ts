import { describe, expect, it } from 'vitest';
import { type AccountingListQuery, accountingArgs, selectableStates } from './accounting-query.ts';

const empty: AccountingListQuery = {
  ...{ jobIds: [], users: [], allUsers: false, partitions: [], accounts: [], qos: [], names: [], nodes: undefined },
  ...{ start: 'now-1day', end: undefined, states: [], steps: false, duplicates: false, allClusters: false },
  ...{ timeLimitMin: undefined, timeLimitMax: undefined, words: [] },
};
const args = (query: Partial<AccountingListQuery>) =>
  accountingArgs({ ...empty, ...query }, { columns: ['JobID', 'JobName'], mark: '@m@' });
const always = ['-n', '-p', '--delimiter=@m@', '--noconvert', '--format=JobID,JobName'];

describe('accountingArgs', () => {
  it('asks for allocations from a stated time on', () => {
    expect(args({})).toEqual(['-X', '--starttime=now-1day', ...always]);
  });

  it('names users where there are names, because each option would override the other', () => {
    expect(args({ allUsers: true })).toContain('--allusers');
    expect(args({ allUsers: true, users: ['ann', 'bob'] })).toEqual([
      ...['-X', '--user=ann,bob', '--starttime=now-1day', ...always],
    ]);
  });

  it('hands every filter over as one word', () => {
    expect(
      args({
        ...{
          jobIds: ['12', '13_4'],
          partitions: ['gpu'],
          accounts: ['a'],
          qos: ['q'],
          names: ['a b'],
          nodes: 'n[1-4]',
        },
        ...{ states: ['FAILED', 'TIMEOUT'], timeLimitMin: '10', timeLimitMax: '1-0', end: 'now', steps: true },
        ...{ duplicates: true, allClusters: true, words: ['--federation'] },
      }),
    ).toEqual([
      ...[
        '-D',
        '-L',
        '--jobs=12,13_4',
        '--partition=gpu',
        '--accounts=a',
        '--qos=q',
        '--name=a b',
        '--nodelist=n[1-4]',
      ],
      ...[
        '--state=FAILED,TIMEOUT',
        '--timelimit-min=10',
        '--timelimit-max=1-0',
        '--starttime=now-1day',
        '--endtime=now',
      ],
      ...['--federation', ...always],
    ]);
  });
});

describe('accountingArgs for a greatest limit alone', () => {
  it('adds a least one, without which sacct would ignore it', () => {
    expect(args({ timeLimitMax: '10' })).toEqual(expect.arrayContaining(['--timelimit-min=1', '--timelimit-max=10']));
  });
});

describe('selectableStates', () => {
  it('leaves to us what sacct cannot select by', () => {
    expect(selectableStates(['FAILED', 'REQUEUED'])).toEqual(['FAILED', 'REQUEUED']);
    expect(selectableStates(['FAILED', 'COMPLETING'])).toEqual([]);
    expect(selectableStates(['ALL'])).toEqual([]);
  });
});
