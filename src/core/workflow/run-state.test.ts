import { describe, expect, it } from 'vitest';
import type { JobObservation } from '../slurm/job-observation.ts';
import { parseJobState } from '../slurm/job-state.ts';
import { edgeTypes } from './graph.ts';
import { countedState, type EngineState, engineStates, type JobFacts, runStatus, settleJobs } from './run-state.ts';

type Edge = JobFacts['edges'][number]['type'];

function seen(state: string, facts: Partial<JobObservation> = {}): JobObservation {
  return {
    ...{ jobId: '7', rawId: '7', state: parseJobState(state), restarts: 0, name: 'n', nodes: 1, cpus: 1, gpus: 0 },
    source: 'controller',
    ...facts,
  };
}

function job(name: string, facts: Partial<JobFacts> = {}): JobFacts {
  return { name, edges: [], submission: 'submitted', absence: 'none', ...facts };
}

const edge = (type: Edge, parent: string) => ({ edges: [{ type, parent }] });
const over = (state: EngineState) => ({ kept: { state, final: true, reason: undefined } });

function settle(jobs: readonly JobFacts[], handoverOver = false): string[] {
  return [...settleJobs(jobs, { handoverOver })].map(
    ([name, { state, final, reason }]) =>
      `${name} ${state}${final ? '!' : ''}${reason === undefined ? '' : `: ${reason}`}`,
  );
}

describe('a job', () => {
  it.each<[string, Partial<JobFacts>, string]>([
    ['not submitted yet', { submission: 'waiting' }, 'a waiting'],
    ['not submitted before its turn', { submission: 'waiting', message: 'no room' }, 'a waiting: no room'],
    [
      'whose submission nobody can tell',
      { submission: 'unknown' },
      'a unknown: whether the cluster has it cannot be told',
    ],
    ['refused', { submission: 'refused', message: 'no such partition' }, 'a refused!: no such partition'],
    ['never to be written', { submission: 'withdrawn', message: 'no space' }, 'a withdrawn!: no space'],
    ['never submitted', { submission: 'withdrawn' }, 'a withdrawn!: srunx ended before it was submitted'],
    ['submitted and not looked for', {}, 'a pending'],
    ['in the queue', { seen: seen('PENDING', { reason: 'Priority' }) }, 'a pending: Priority'],
    ['at work', { seen: seen('RUNNING') }, 'a running'],
    ['at its last breath', { seen: seen('COMPLETING') }, 'a running: completing'],
    ['that ended well', { seen: seen('COMPLETED') }, 'a completed!'],
    ['that failed', { seen: seen('OUT_OF_MEMORY') }, 'a failed!: oom'],
    ['out of time', { seen: seen('TIMEOUT') }, 'a timeout!'],
    ['cancelled', { seen: seen('CANCELLED by 0') }, 'a cancelled!'],
    ['in a state of a later Slurm', { seen: seen('TELEPORTING') }, 'a unknown: TELEPORTING'],
    [
      'that may be submitted again',
      { mayFollow: true, seen: seen('OUT_OF_MEMORY') },
      'a pending: oom: the next attempt needs a srunx that follows the run',
    ],
    ['of which the next attempt was refused', { message: 'no', seen: seen('FAILED') }, 'a failed!: no'],
    ['missing for a moment', { absence: 'fresh', seen: seen('RUNNING') }, 'a running'],
    [
      'missing',
      { absence: 'long', seen: seen('RUNNING') },
      'a unknown: neither the controller nor the accounting knows it',
    ],
    ['missing for a moment, between two attempts', { absence: 'fresh', requeued: true }, 'a pending'],
    [
      'missing since it was put back into the queue',
      { absence: 'long', requeued: true, seen: seen('REQUEUED') },
      'a cancelled!: before its next attempt began',
    ],
    ['missing for good', { absence: 'forever' }, 'a lost!: no source knows how it ended'],
  ])('%s', (_, facts, expected) => {
    expect(settle([job('a', facts)])).toEqual([expected]);
  });

  it('that waits is withdrawn when its hand-over is over', () => {
    expect(settle([job('a', { submission: 'waiting' })], true)).toEqual([
      'a withdrawn!: srunx ended before it was submitted',
    ]);
  });

  it('is skipped, not withdrawn, where failed cells have ended its sweep before its turn', () => {
    const jobs = [
      job('train#1', { seen: seen('FAILED', { endTime: 9 }) }),
      job('train#2', { submission: 'withdrawn', message: 'the run was cancelled before it was submitted' }),
    ];
    const settled = settleJobs(jobs, { handoverOver: false, failFast: { after: 1, cancelRunning: false } });
    expect(settled.get('train#2')).toEqual({ state: 'skipped', final: true, reason: 'fail_fast: train#1 failed' });
  });

  it('does not give what it waited for as the reason when it was never submitted', () => {
    expect(settle([job('a', { submission: 'waiting', message: 'no room' })], true)).toEqual([
      'a withdrawn!: srunx ended before it was submitted',
    ]);
  });

  it('is withdrawn because of another that was refused', () => {
    const jobs = [job('a', { submission: 'withdrawn' }), job('b', { submission: 'refused', message: 'no' })];
    expect(settle([...jobs, job('c', { submission: 'waiting' })], true)).toEqual([
      'a withdrawn!: b was refused',
      'b refused!: no',
      'c withdrawn!: b was refused',
    ]);
  });

  it('stays what it is where nothing was heard of it', () => {
    const kept = { state: 'unknown', final: false, reason: 'as before' } as const;
    expect(settle([job('a', { kept, seen: seen('RUNNING') })])).toEqual(['a unknown: as before']);
  });
});

describe('an edge', () => {
  /** What becomes of a child that Slurm removed, after a parent that ended so. */
  const removed = (type: Edge, parent: EngineState) =>
    settle([job('p', over(parent)), job('c', { ...edge(type, 'p'), seen: seen('CANCELLED') })])[1];

  it.each<[Edge, EngineState[]]>([
    ['afterok', ['failed', 'timeout', 'cancelled', 'skipped', 'lost', 'withdrawn']],
    ['afternotok', ['completed']],
    ['afterany', []],
    ['after', []],
  ])('%s cannot be satisfied after %j', (type, parents) => {
    const ends = ['completed', 'failed', 'timeout', 'cancelled', 'skipped', 'lost', 'withdrawn'] as const;
    const skipping = ends.filter((parent) => removed(type, parent) === `c skipped!: p ${parent} (${type})`);
    expect(skipping).toEqual(ends.filter((parent) => parents.includes(parent)));
    for (const parent of ends.filter((end) => !skipping.includes(end)))
      expect(removed(type, parent)).toBe('c cancelled!');
  });

  it.each(edgeTypes)('%s to a parent that has not ended explains no end', (type) => {
    for (const state of ['waiting', 'pending', 'running', 'unknown'] as const) {
      const parent = job('p', { kept: { state, final: false, reason: undefined } });
      const child = job('c', { ...edge(type, 'p'), seen: seen('CANCELLED') });
      expect(settle([parent, child])[1]).toBe('c cancelled!');
    }
  });

  it.each(edgeTypes)('%s changes nothing about a job that ended by itself', (type) => {
    for (const [state, shown] of [
      ['COMPLETED', 'c completed!'],
      ['FAILED', 'c failed!: exit'],
      ['TIMEOUT', 'c timeout!'],
    ]) {
      for (const parent of ['completed', 'failed', 'skipped'] as const) {
        const child = job('c', { ...edge(type, 'p'), seen: seen(state ?? '') });
        expect(settle([job('p', over(parent)), child])[1]).toBe(shown);
      }
    }
  });

  it('keeps independent branches going', () => {
    const jobs = [
      job('bad', over('failed')),
      job('after_bad', { ...edge('afterok', 'bad'), seen: seen('CANCELLED') }),
      job('repair', { ...edge('afternotok', 'bad'), seen: seen('RUNNING') }),
      job('good', { seen: seen('RUNNING') }),
      job('after_good', { ...edge('afterok', 'good'), seen: seen('PENDING', { reason: 'Dependency' }) }),
    ];
    expect(settle(jobs).slice(1)).toEqual([
      'after_bad skipped!: bad failed (afterok)',
      'repair running',
      'good running',
      'after_good pending: Dependency',
    ]);
  });

  it('skips what was removed without a trace, through a whole chain', () => {
    const gone = { absence: 'fresh', seen: seen('PENDING') } as const;
    const jobs = [
      job('p', over('failed')),
      job('c', { ...edge('afterok', 'p'), ...gone }),
      job('d', { ...edge('afterok', 'c'), ...gone }),
      job('e', { ...edge('afternotok', 'd'), seen: seen('COMPLETED') }),
    ];
    expect(settle(jobs)).toEqual([
      'p failed!',
      'c skipped!: p failed (afterok)',
      'd skipped!: c skipped (afterok)',
      'e completed!',
    ]);
  });

  it('skips nothing that is still in the queue, and nothing while the parent lives', () => {
    const child = job('c', { ...edge('afterok', 'p'), seen: seen('PENDING', { reason: 'Dependency' }) });
    expect(settle([job('p', over('failed')), child])[1]).toBe('c pending: Dependency');
    const gone = job('c', { ...edge('afterok', 'p'), absence: 'fresh' });
    expect(settle([job('p', { seen: seen('RUNNING') }), gone])[1]).toBe('c pending');
  });

  it('to a lost parent proves nothing: the child may have run', () => {
    const child = job('c', { ...edge('afterok', 'p'), absence: 'forever' });
    expect(settle([job('p', over('lost')), child])[1]).toBe('c lost!: no source knows how it ended');
  });

  it('does not skip what has started', () => {
    const ran = seen('CANCELLED', { startTime: 10, endTime: 20 });
    expect(settle([job('p', over('failed')), job('c', { ...edge('afterok', 'p'), seen: ran })])[1]).toBe(
      'c cancelled!',
    );
    const runs = job('c', { ...edge('afterok', 'p'), seen: seen('RUNNING'), absence: 'fresh' });
    expect(settle([job('p', over('failed')), runs])[1]).toBe('c running');
  });

  it('of several, names the first that failed', () => {
    const edges = [...edge('afterok', 'p').edges, ...edge('afternotok', 'q').edges];
    const child = job('c', { edges, seen: seen('CANCELLED') });
    expect(settle([job('p', over('completed')), job('q', over('completed')), child])[2]).toBe(
      'c skipped!: q completed (afternotok)',
    );
  });
});

describe('a job that ends others when it fails', () => {
  const stops = (onError: 'finish' | 'terminate', facts: Partial<JobFacts>) => job('a', { onError, ...facts });
  const waited = { seen: seen('CANCELLED', { endTime: 9 }) };
  const ran = { seen: seen('CANCELLED', { startTime: 5, endTime: 9 }) };

  it.each<[string, Partial<JobFacts>]>([
    ['is seen to have failed', { seen: seen('FAILED') }],
    ['is out of time', { seen: seen('TIMEOUT') }],
    ['has failed before', over('failed')],
    ['is lost', over('lost')],
  ])('and %s is why they did', (_, facts) => {
    expect(settle([job('b', waited), stops('finish', facts), job('c', ran)]).toSpliced(1, 1)).toEqual([
      'b skipped!: a failed (on_error: finish)',
      'c cancelled!: a failed (on_error: finish)',
    ]);
  });

  it.each<[string, Partial<JobFacts>]>([
    ['has completed', { seen: seen('COMPLETED') }],
    ['was cancelled', { seen: seen('CANCELLED', { startTime: 5, endTime: 9 }) }],
    ['keeps going', { seen: seen('FAILED'), onError: undefined }],
    ['is ignored', { seen: seen('FAILED'), onError: 'ignore' }],
    ['is still at work', { seen: seen('RUNNING') }],
  ])('and %s is not', (_, facts) => {
    expect(settle([stops('terminate', facts), job('b', waited)])[1]).toBe('b cancelled!');
  });

  it('may be about to be seen so: what was cancelled just now waits for that', () => {
    const fresh = { ...waited, fresh: true };
    expect(settle([stops('finish', { seen: seen('RUNNING') }), job('b', fresh)])[1]).toBe('b pending');
    expect(settle([stops('finish', { seen: seen('PENDING') }), job('b', fresh)])[1]).toBe('b cancelled!');
    expect(settle([job('a', { seen: seen('RUNNING') }), job('b', fresh)])[1]).toBe('b cancelled!');
  });

  it('is told only where no edge says why', () => {
    const child = job('b', { ...waited, ...edge('afterok', 'a') });
    expect(settle([stops('finish', { seen: seen('FAILED') }), child])[1]).toBe('b skipped!: a failed (afterok)');
  });
});

describe('a run', () => {
  it.each<[EngineState[], string]>([
    [[], 'completed'],
    [['waiting'], 'pending'],
    [['pending', 'waiting'], 'pending'],
    [['running', 'pending'], 'running'],
    [['completed', 'pending'], 'running'],
    [['failed', 'running'], 'running'],
    [['skipped', 'skipped'], 'completed'],
    [['completed', 'skipped'], 'completed'],
    [['completed', 'failed', 'skipped'], 'failed'],
    [['cancelled', 'completed'], 'cancelled'],
    [['cancelled', 'timeout'], 'failed'],
    [['lost', 'completed'], 'failed'],
    [['refused', 'withdrawn'], 'failed'],
    [['withdrawn', 'withdrawn'], 'cancelled'],
    [['unknown', 'completed'], 'unknown'],
    [['pending', 'unknown', 'waiting'], 'unknown'],
    [['completed', 'unknown', 'pending'], 'unknown'],
    [['unknown', 'running'], 'running'],
  ])('of %j is %s', (states, status) => {
    expect(runStatus(states)).toBe(status);
  });

  it.each(['running', 'completed', 'failed', 'timeout', 'cancelled', 'skipped', 'lost'] as const)(
    'with a job that is %s has begun',
    (state) => expect(runStatus(['pending', state, 'waiting'])).toBe('running'),
  );

  it.each<[EngineState, EngineState]>([
    ['failed', 'completed'],
    ['timeout', 'completed'],
    ['lost', 'completed'],
    ['cancelled', 'cancelled'],
    ['skipped', 'skipped'],
    ['refused', 'refused'],
    ['running', 'running'],
  ])('takes a %s job whose failure is to be ignored for %s', (state, counted) => {
    expect(countedState(state, { ignored: true })).toBe(counted);
    expect(countedState(state, { ignored: false })).toBe(state);
  });

  it('has a status for every state', () => {
    for (const state of engineStates) expect(runStatus([state])).toMatch(/^\w+$/);
  });
});

describe('a sweep that failed cells end', () => {
  const rule = { after: 1, cancelRunning: false };
  const settleSweep = (jobs: readonly JobFacts[], failFast = rule) =>
    [...settleJobs(jobs, { handoverOver: false, failFast }).values()].map(({ state, reason }) =>
      reason === undefined ? state : `${state}: ${reason}`,
    );
  const words = 'fail_fast: a#0 failed';
  const gone = { seen: seen('CANCELLED', { endTime: 100 }), fresh: true };
  const failed = job('a#0', { seen: seen('FAILED', { endTime: 101 }) });

  it('says so of cells that have not begun', () => {
    const jobs = [failed, job('a#1', gone), job('b#1', { ...gone, ...edge('afterok', 'a#1') })];
    expect(settleSweep(jobs)).toEqual(['failed: exit', `skipped: ${words}`, `skipped: ${words}`]);
    expect(settleSweep([failed, job('a#1', { absence: 'long' })])[1]).toBe(`skipped: ${words}`);
    expect(settleSweep([failed, job('a#1', { absence: 'fresh' })])[1]).toBe('pending');
    const child = job('b#1', { absence: 'fresh', ...edge('afterok', 'a#1') });
    expect(settleSweep([failed, job('a#1', gone), child])[2]).toBe(`skipped: ${words}`);
  });

  it('leaves to cells that have begun their own reasons, unless everything ends', () => {
    const began = job('a#1', { seen: seen('COMPLETED', { startTime: 1, endTime: 9 }) });
    const jobs = [failed, began, job('b#1', { ...gone, ...edge('afterok', 'a#1') })];
    expect(settleSweep(jobs)[2]).toBe('cancelled');
    expect(settleSweep(jobs, { after: 1, cancelRunning: true })[2]).toBe(`skipped: ${words}`);
    const stopped = job('a#2', { seen: seen('CANCELLED', { startTime: 1, endTime: 100 }) });
    expect(settleSweep([failed, stopped])[1]).toBe('cancelled');
    expect(settleSweep([failed, stopped], { after: 1, cancelRunning: true })[1]).toBe(`cancelled: ${words}`);
  });

  it('waits for the end of the job that may have ended it', () => {
    const jobs = [job('a#0', { seen: seen('RUNNING', { startTime: 1 }) }), job('a#1', gone)];
    expect(settleSweep(jobs)[1]).toBe('pending');
    expect(settleSweep(jobs, { after: 2, cancelRunning: false })[1]).toBe('cancelled');
    expect(settleSweep([jobs[0] as JobFacts, job('a#1', { ...gone, fresh: false })])[1]).toBe('cancelled');
  });

  it('counts no failure that is to be ignored', () => {
    const ignored = { ...failed, onError: 'ignore' as const };
    expect(settleSweep([ignored, job('a#1', gone)])[1]).toBe('cancelled');
  });
});
