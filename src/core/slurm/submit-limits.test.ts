import { describe, expect, it } from 'vitest';
import { describeSubmitLimit, parseSubmitLimits, roomFor, submitLimitArgs } from './submit-limits.ts';

/** Of 22.05.8, shortened: a user of two accounts with jobs in the queue. */
const text = `Current Association Manager state

Association Records

ClusterName=dev Account=root UserName= Partition= Priority=0 ID=1
    ParentAccount= Lft=1 DefAssoc=No
    GrpSubmitJobs=90(7) GrpWall=N(0.00)
    MaxJobs= MaxJobsAccrue= MaxSubmitJobs= MaxWallPJ=
ClusterName=dev Account=lab UserName= Partition= Priority=0 ID=3
    ParentAccount=root(1) Lft=2 DefAssoc=No
    GrpSubmitJobs=80(7) GrpWall=N(0.00)
    MaxJobs= MaxJobsAccrue= MaxSubmitJobs=3(7) MaxWallPJ=
ClusterName=dev Account=lab UserName=ann(1000) Partition= Priority=0 ID=4
    ParentAccount= Lft=5 DefAssoc=Yes
    GrpSubmitJobs=N(7) GrpWall=N(0.00)
    MaxJobs= MaxJobsAccrue= MaxSubmitJobs=20(7) MaxWallPJ=
ClusterName=dev Account=other UserName=ann(1000) Partition= Priority=0 ID=5
    ParentAccount= Lft=6 DefAssoc=No
    GrpSubmitJobs=N(0) GrpWall=N(0.00)
    MaxJobs= MaxJobsAccrue= MaxSubmitJobs= MaxWallPJ=

QOS Records

QOS=normal(1)
    GrpJobs=N(0) GrpJobsAccrue=N(0) GrpSubmitJobs=70(7) GrpWall=N(0.00)
    Account Limits
      lab
        MaxJobsPA=N(0) MaxJobsAccruePA=N(0) MaxSubmitJobsPA=60(9)
    User Limits
      1000
        MaxJobsPU=N(0) MaxJobsAccruePU=N(0) MaxSubmitJobsPU=50(7)
`;

describe('limits on jobs in the queue', () => {
  it('are asked of the controller', () => {
    expect(submitLimitArgs('ann')).toEqual(['show', 'assoc_mgr', 'users=ann', 'flags=assoc,qos']);
  });

  it('are those that are set, with what counts at present', () => {
    const { limits, defaultAccount, parents } = parseSubmitLimits(text);
    expect(defaultAccount).toBe('lab');
    expect(parents).toEqual(new Map([['lab', 'root']]));
    expect(limits.map(({ kind, name, isShared, limit, used }) => [kind, name, isShared, limit, used])).toEqual([
      ['account', 'root', true, 90, 7],
      ['account', 'lab', true, 80, 7],
      ['account', 'lab', false, 20, 7],
      ['qos', 'normal', true, 70, 7],
      ['account', 'lab', true, 60, 9],
      ['qos', 'normal', false, 50, 7],
    ]);
  });

  it.each([
    ['the own account, where a job names none', { accounts: [undefined], qos: [] }, [13, 20]],
    ['a QOS', { accounts: ['other'], qos: ['normal'] }, [43, 50]],
    ['an account without one', { accounts: ['other'], qos: [] }, undefined],
    ['all that jobs name', { accounts: ['other', 'lab'], qos: ['normal'] }, [13, 20]],
  ] as const)('leave room for %s', (_, wishes, expected) => {
    const room = roomFor(parseSubmitLimits(text), wishes);
    expect(room && [room.room, room.limit]).toEqual(expected);
  });

  it('hold for accounts below', () => {
    const full = parseSubmitLimits(text.replace('90(7)', '90(95)'));
    expect(roomFor(full, { accounts: ['lab'], qos: [] })).toMatchObject({
      room: 0,
      limit: 20,
      tightest: { name: 'root' },
    });
  });

  it('are told in words', () => {
    const [root, , own] = parseSubmitLimits(text).limits;
    expect([root, own].map((limit) => limit && describeSubmitLimit(limit))).toEqual([
      'account root allows 90 jobs in the queue, and 7 are there already',
      'account lab allows you 20 jobs in the queue, and 7 are there already',
    ]);
  });

  it.each(['', 'Current Association Manager state\n\nNo Association Records\n'])('may be none: %j', (nothing) => {
    expect(parseSubmitLimits(nothing)).toEqual({ limits: [], defaultAccount: undefined, parents: new Map() });
  });
});
