import { describe, expect, it } from 'vitest';
import { removedState } from './array-tasks.ts';
import type { JobObservation } from './job-observation.ts';
import { parseJobState } from './job-state.ts';
import type { TrackedJob } from './observation-index.ts';
import { type Evidence, type Finding, reopens, resolveJobs, sightedTokens } from './resolve-jobs.ts';

const submitted = 1_700_000_000;

function row(state: string, facts: Partial<JobObservation> = {}): JobObservation {
  const { jobId = '7' } = facts;
  return {
    ...{ jobId, rawId: jobId, state: parseJobState(state), submitTime: submitted, restarts: 0, name: 'train' },
    ...{ nodes: 1, cpus: 1, gpus: 0, source: 'controller' },
    ...facts,
  };
}

const listed = (state: string, facts: Partial<JobObservation> = {}) => row(state, { comment: 'srunx:t-0', ...facts });
const recorded = (state: string, facts: Partial<JobObservation> = {}) => row(state, { source: 'accounting', ...facts });

function job(facts: Partial<TrackedJob> = {}): TrackedJob {
  return { token: 't-0', jobId: '7', name: 'train', notBefore: submitted - 600, known: listed('RUNNING'), ...facts };
}

const answered = <Row>(...rows: Row[]) => ({ kind: 'answered', rows }) as const;
const failed = { kind: 'failed', message: 'the database does not answer' } as const;
const none = { kind: 'none' } as const;

/** The state found, or what is found instead of one. */
function outcome(evidence: Evidence, one = job()): string {
  const { findings, ask } = resolveJobs([one], evidence);
  if (ask.accounting.length > 0) return 'ask the accounting';
  if (ask.receipts.length > 0) return 'ask for receipts';
  return inWords(findings.get(one.token));
}

function inWords(finding: Finding | undefined): string {
  return finding?.kind === 'seen' ? finding.observation.state.status : (finding?.kind ?? 'nothing');
}

describe('the controller is right about what it lists', () => {
  it.each([
    ['the first second after the submission', listed('PENDING'), 'PENDING'],
    ['a job that runs', listed('RUNNING'), 'RUNNING'],
    ['one that is cleaned up, though the accounting has its end already', listed('COMPLETING'), 'RUNNING'],
    ['one that just finished', listed('FAILED'), 'FAILED'],
    [
      'one that was preempted and waits again, though the accounting has an end',
      listed('PENDING', { restarts: 1 }),
      'PENDING',
    ],
    ['one in a state that this srunx has never heard of', listed('TELEPORTING'), 'UNKNOWN'],
  ])('%s', (_, seen, status) => {
    expect(outcome({ snapshot: [seen] })).toBe(status);
    const accounting = answered(recorded('PREEMPTED', { endTime: submitted + 5 }));
    expect(outcome({ snapshot: [seen], accounting })).toBe(status);
  });

  it('and of a purged job it says nothing, alone or among others', () => {
    expect(outcome({ snapshot: [] })).toBe('ask the accounting');
    expect(outcome({ snapshot: [listed('RUNNING', { jobId: '8', comment: 'srunx:other' })] })).toBe(
      'ask the accounting',
    );
  });

  it('so the accounting is asked for vanished jobs only', () => {
    const others = [job({ token: 't-1', jobId: '8' }), job({ token: 't-2', jobId: '9' })];
    const snapshot = [listed('RUNNING'), listed('COMPLETED', { jobId: '8', comment: 'srunx:t-1' })];
    const { ask, findings } = resolveJobs([job(), ...others], { snapshot });
    expect(ask.accounting.map(({ token }) => token)).toEqual(['t-2']);
    expect([...findings.keys()]).toEqual(['t-0', 't-1']);
  });
});

describe('of a task that left the queue while it waited', () => {
  const task = (index: number, state: string, facts: Partial<JobObservation> = {}) =>
    listed(state, { jobId: `7_${index}`, arrayJobId: '7', arrayTask: `${index}`, ...facts });
  const waited = job({ token: 't-0.3', jobId: '7_3', known: task(3, 'PENDING') });
  const receipt = { token: 't-0.3', attempts: 1, startTime: 1, signals: [] };

  it.each<[string, Evidence, string]>([
    ['the accounting may know it', { snapshot: [task(1, 'RUNNING')] }, 'ask the accounting'],
    ['it may have a receipt', { snapshot: [task(1, 'RUNNING')], accounting: answered() }, 'ask for receipts'],
    ['its array is known', { snapshot: [task(1, 'RUNNING')], accounting: none, receipts: answered() }, 'CANCELLED'],
    [
      'the accounting knows its array',
      { snapshot: [], accounting: answered(recorded('COMPLETED', task(1, 'COMPLETED'))), receipts: answered() },
      'CANCELLED',
    ],
    [
      'it has begun since',
      { snapshot: [task(1, 'RUNNING')], accounting: none, receipts: answered(receipt) },
      'vanished',
    ],
    ['nothing of its array is known', { snapshot: [], accounting: none, receipts: answered() }, 'vanished'],
    ['the database is down', { snapshot: [task(1, 'RUNNING')], accounting: failed, receipts: answered() }, 'unclear'],
  ])('%s', (_, evidence, expected) => {
    expect(outcome(evidence, waited)).toBe(expected);
  });

  it('before the first look counts as one that waited', () => {
    const unseen = { ...waited, known: undefined };
    const missed = { ...waited, known: task(3, 'CANCELLED', { state: removedState }) };
    const listings = [task(1, 'RUNNING'), listed('CANCELLED', { comment: 'srunx:t-0' })];
    for (const row of listings) {
      expect(outcome({ snapshot: [row], accounting: none, receipts: answered() }, unseen)).toBe('CANCELLED');
    }
    expect(outcome({ snapshot: listings, accounting: none, receipts: answered() }, missed)).toBe('CANCELLED');
    expect(outcome({ snapshot: [], accounting: none, receipts: answered() }, unseen)).toBe('vanished');
  });

  it('one that ran before it vanished is not called cancelled', () => {
    const ran = { ...waited, known: task(3, 'RUNNING') };
    expect(outcome({ snapshot: [task(1, 'RUNNING')], accounting: none, receipts: answered() }, ran)).toBe('vanished');
  });
});

describe('of a job that left the controller', () => {
  const gone = (accounting: Evidence['accounting'], receipts?: Evidence['receipts']): Evidence => ({
    snapshot: [],
    ...(accounting === undefined ? {} : { accounting }),
    ...(receipts === undefined ? {} : { receipts }),
  });
  const receipt = (facts: object = {}) => ({ token: 't-0', attempts: 1, startTime: 1, signals: [], ...facts });

  it.each<[string, Evidence, string]>([
    ['the accounting tells the end', gone(answered(recorded('COMPLETED'))), 'COMPLETED'],
    ['an end that is late leads to the receipts', gone(answered(recorded('RUNNING'))), 'ask for receipts'],
    ['no record leads to the receipts', gone(answered()), 'ask for receipts'],
    ['no accounting leads to the receipts', gone(none), 'ask for receipts'],
    [
      'a database that is down leads to the receipts: what they tell is true all the same',
      gone(failed),
      'ask for receipts',
    ],
    ['the receipt tells the end', gone(none, answered(receipt({ endTime: 3, exitCode: 2 }))), 'FAILED'],
    ['a receipt also when the database is down', gone(failed, answered(receipt({ exitCode: 0 }))), 'COMPLETED'],
    [
      'nothing is concluded while the database is down: it keeps its state',
      gone(failed, answered(receipt())),
      'unclear',
    ],
    ['nor while receipts cannot be read', gone(answered(), failed), 'unclear'],
    ['nobody knows it', gone(answered(), answered()), 'vanished'],
    ['nobody knows its end', gone(none, answered(receipt())), 'vanished'],
    [
      'a receipt of another submission is none',
      gone(none, answered(receipt({ token: 't-1', exitCode: 0 }))),
      'vanished',
    ],
  ])('%s', (_, evidence, expected) => {
    expect(outcome(evidence)).toBe(expected);
  });

  it.each([
    ['both tell that it was put back into the queue', recorded('REQUEUED'), { exitCode: 1, retrying: true }, true],
    ['it has begun again since', recorded('REQUEUED'), {}, false],
    ['nobody knows whether it got there', recorded('RUNNING'), { exitCode: 1, retrying: true }, false],
  ])('%s', (_, record, facts, requeued) => {
    const { findings } = resolveJobs([job()], gone(answered(record), answered(receipt(facts))));
    expect(findings.get('t-0')).toMatchObject({ kind: 'vanished', requeued });
  });

  it('the words of the source that failed are kept', () => {
    const { findings } = resolveJobs([job()], gone(failed, answered()));
    expect(findings.get('t-0')).toEqual({ kind: 'unclear', message: failed.message });
  });
});

describe('a reused id', () => {
  it.each<[string, JobObservation, string]>([
    ['with another token', row('RUNNING', { comment: 'srunx:u-0' }), 'ask the accounting'],
    [
      'with another token, submitted in the same second',
      row('FAILED', { comment: 'x srunx:t-00' }),
      'ask the accounting',
    ],
    ['without a token, submitted later', row('RUNNING', { submitTime: submitted + 9 }), 'ask the accounting'],
    ['without a token, submitted before', row('FAILED', { submitTime: submitted - 9 }), 'ask the accounting'],
    ['but without a token and submitted at the same time it is ours', row('RUNNING'), 'RUNNING'],
    ['and a requeue changes the time', row('PENDING', { submitTime: submitted + 9, restarts: 1 }), 'PENDING'],
  ])('in the controller: %s', (_, seen, expected) => {
    expect(outcome({ snapshot: [seen] })).toBe(expected);
  });

  it.each<[string, JobObservation[], string]>([
    ['a later job', [recorded('FAILED', { submitTime: submitted + 9_000 })], 'ask for receipts'],
    ['an earlier job', [recorded('FAILED', { submitTime: submitted - 9_000 })], 'ask for receipts'],
    [
      'ours among both',
      [-9_000, 0, 9_000].map((s) => recorded(s === 0 ? 'TIMEOUT' : 'FAILED', { submitTime: submitted + s })),
      'TIMEOUT',
    ],
  ])('in the accounting: %s', (_, records, expected) => {
    expect(outcome({ snapshot: [], accounting: answered(...records) })).toBe(expected);
  });

  it('before the first look, a job from before the run is not ours', () => {
    const unseen = job({ known: undefined });
    const old = submitted - 9_000;
    expect(outcome({ snapshot: [row('RUNNING', { submitTime: old })] }, unseen)).toBe('ask the accounting');
    const accounting = answered(recorded('FAILED', { submitTime: old }));
    expect(outcome({ snapshot: [], accounting }, unseen)).toBe('ask for receipts');
    expect(outcome({ snapshot: [], accounting: answered(recorded('FAILED')) }, unseen)).toBe('FAILED');
  });
});

describe('a requeued job that left the controller', () => {
  const attempts = (facts: Partial<JobObservation> = {}) => [
    recorded('REQUEUED', { startTime: submitted + 1, elapsedSeconds: 4 }),
    recorded('COMPLETED', { submitTime: submitted + 5, ...facts }),
  ];

  it('is followed to its last attempt', () => {
    const { findings } = resolveJobs([job()], { snapshot: [], accounting: answered(...attempts()) });
    expect(findings.get('t-0')).toMatchObject({ observation: { state: { status: 'COMPLETED' }, restarts: 1 } });
  });

  it('also when it was preempted, or its node failed', () => {
    for (const state of ['PREEMPTED', 'NODE_FAIL']) {
      const first = recorded(state, { startTime: submitted + 1, endTime: submitted + 5 });
      const records = [first, ...attempts().slice(1)];
      expect(outcome({ snapshot: [], accounting: answered(...records) })).toBe('COMPLETED');
    }
  });

  it('but not to a job that got the id later, nor to one of another name', () => {
    expect(outcome({ snapshot: [], accounting: answered(...attempts({ submitTime: submitted + 500 })) })).toBe(
      'ask for receipts',
    );
    expect(outcome({ snapshot: [], accounting: answered(...attempts({ name: 'other' })) })).toBe('ask for receipts');
  });

  it('nor past an attempt that ended for good', () => {
    const records = [
      recorded('FAILED', { startTime: submitted + 1, endTime: submitted + 5 }),
      recorded('COMPLETED', { submitTime: submitted + 5 }),
    ];
    expect(outcome({ snapshot: [], accounting: answered(...records) })).toBe('FAILED');
  });
});

describe('an array', () => {
  const task = (index: number, state: string, facts: Partial<JobObservation> = {}) =>
    row(state, {
      jobId: `7_${index}`,
      rawId: `${100 + index}`,
      arrayJobId: '7',
      arrayTask: `${index}`,
      comment: 'srunx:t-0',
      ...facts,
    });

  it('is one job to the engine', () => {
    expect(outcome({ snapshot: [task(0, 'COMPLETED'), task(1, 'RUNNING'), task(2, 'PENDING')] })).toBe('RUNNING');
  });

  it('has not ended because the tasks that the controller remembers have', () => {
    const snapshot = [task(1, 'COMPLETED')];
    expect(outcome({ snapshot })).toBe('ask the accounting');
    const accounting = answered(
      task(0, 'FAILED', { source: 'accounting' }),
      task(1, 'RUNNING', { source: 'accounting' }),
    );
    expect(outcome({ snapshot, accounting })).toBe('FAILED');
    expect(outcome({ snapshot, accounting: failed })).toBe('unclear');
    expect(outcome({ snapshot, accounting: none })).toBe('COMPLETED');
  });
});

describe('an array of which the tasks are known', () => {
  const tasks = { ranges: [{ first: 0, last: 3, step: 1 }], truncated: false };
  const array = job({ tasks });
  const task = (index: number | string, state: string, facts: Partial<JobObservation> = {}) =>
    row(state, {
      ...{ jobId: `7_${index}`, rawId: '107', arrayJobId: '7', arrayTask: `${index}`.replace(/^\[|\]$/g, '') },
      ...{ comment: 'srunx:t-0', ...facts },
    });
  const receipt = (index: number, exitCode?: number) => ({
    ...{ token: `t-0.${index}`, jobId: '107', attempts: 1, signals: [], startTime: submitted + 1 },
    ...(exitCode === undefined ? {} : { exitCode, endTime: submitted + 2 }),
  });
  const found = (evidence: Evidence) => {
    const { findings, ask } = resolveJobs([array], evidence);
    const finding = findings.get('t-0');
    if (finding === undefined) return ask.receipts.length > 0 ? 'ask for receipts' : 'ask the accounting';
    if (finding.kind === 'unclear' || finding.observation === undefined) return finding.kind;
    const { state, tasks: counts } = finding.observation;
    return `${finding.kind} ${state.status} ${counts?.done}/${counts?.total}`;
  };

  it.each<[string, Evidence]>([
    ['seen PENDING 0/4', { snapshot: [task('[0-3]', 'PENDING')] }],
    ['seen RUNNING 1/4', { snapshot: [task(0, 'COMPLETED'), task(1, 'RUNNING'), task('[2-3%1]', 'PENDING')] }],
    ['seen RUNNING 3/4', { snapshot: [task(3, 'RUNNING')] }],
    [
      'seen FAILED 4/4',
      {
        snapshot: [],
        accounting: answered(...[0, 1, 2, 3].map((index) => task(index, index === 2 ? 'FAILED' : 'COMPLETED'))),
      },
    ],
    ['ask for receipts', { snapshot: [task(0, 'COMPLETED'), task(1, 'COMPLETED')], accounting: none }],
    [
      'seen FAILED 4/4',
      {
        snapshot: [task(0, 'COMPLETED')],
        accounting: none,
        receipts: answered(receipt(1, 0), receipt(2, 3), receipt(3, 0)),
      },
    ],
    [
      'seen COMPLETED 4/4',
      { snapshot: [], accounting: none, receipts: answered(...[0, 1, 2, 3].map((index) => receipt(index, 0))) },
    ],
    [
      'seen CANCELLED 4/4',
      {
        snapshot: [],
        accounting: answered(task(0, 'COMPLETED'), task(1, 'COMPLETED')),
        receipts: answered(receipt(0, 0), receipt(1, 0)),
      },
    ],
    [
      'vanished RUNNING 3/4',
      { snapshot: [], accounting: none, receipts: answered(receipt(0, 0), receipt(1, 0), receipt(2, 0), receipt(3)) },
    ],
    ['unclear', { snapshot: [task(0, 'COMPLETED')], accounting: none, receipts: { kind: 'failed', message: 'no' } }],
    ['vanished', { snapshot: [], accounting: none, receipts: answered() }],
  ])('is %s', (expected, evidence) => expect(found(evidence)).toBe(expected));
});

describe('sightedTokens', () => {
  it('are those of jobs that live, or have lived again', () => {
    const snapshot = [
      listed('RUNNING'),
      listed('COMPLETED', { jobId: '8', comment: 'srunx:ended' }),
      listed('COMPLETED', { jobId: '9', comment: 'note srunx:again', restarts: 1 }),
      listed('PENDING', { jobId: '10_[1-3]', rawId: '10', arrayJobId: '10', comment: 'srunx:array' }),
      row('RUNNING', { jobId: '11', comment: 'a srunx:comment of somebody' }),
      row('RUNNING', { jobId: '12' }),
    ];
    expect([...sightedTokens(snapshot)]).toEqual([
      ['t-0', '7'],
      ['again', '9'],
      ['array', '10'],
    ]);
  });
});

describe('an ended job', () => {
  it.each([
    ['that lives', listed('PENDING', { restarts: 1 }), true],
    ['that ended once more', listed('COMPLETED', { restarts: 1 }), true],
    ['that is still seen to have ended', listed('COMPLETED'), false],
    ['of which the accounting is late', recorded('RUNNING'), false],
  ])('%s begins anew: %s', (_, seen, expected) => {
    expect(reopens(listed('FAILED'), seen)).toBe(expected);
  });
});
