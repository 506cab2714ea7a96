import { describe, expect, it } from 'vitest';
import {
  findStateName,
  type JobState,
  type JobStatus,
  parseJobState,
  refineFailure,
  rollUpStates,
  stateNames,
} from './job-state.ts';

/** Slurm's words, short and long, and what they mean: status, terminal, phase, kind of failure. */
const words: readonly (readonly [string, string, Omit<JobState, 'raw'>])[] = [
  ['PENDING', 'PD', { status: 'PENDING', terminal: false }],
  ['RUNNING', 'R', { status: 'RUNNING', terminal: false }],
  ['SUSPENDED', 'S', { status: 'RUNNING', terminal: false, phase: 'suspended' }],
  ['COMPLETED', 'CD', { status: 'COMPLETED', terminal: true }],
  ['CANCELLED', 'CA', { status: 'CANCELLED', terminal: true, failureKind: 'cancelled' }],
  ['FAILED', 'F', { status: 'FAILED', terminal: true, failureKind: 'exit' }],
  ['TIMEOUT', 'TO', { status: 'TIMEOUT', terminal: true, failureKind: 'timeout' }],
  ['NODE_FAIL', 'NF', { status: 'FAILED', terminal: true, failureKind: 'node_fail' }],
  ['PREEMPTED', 'PR', { status: 'FAILED', terminal: true, failureKind: 'preempted' }],
  ['BOOT_FAIL', 'BF', { status: 'FAILED', terminal: true, failureKind: 'boot_fail' }],
  ['DEADLINE', 'DL', { status: 'FAILED', terminal: true, failureKind: 'deadline' }],
  ['OUT_OF_MEMORY', 'OOM', { status: 'FAILED', terminal: true, failureKind: 'oom' }],
  ['COMPLETING', 'CG', { status: 'RUNNING', terminal: false, phase: 'completing' }],
  ['STAGE_OUT', 'SO', { status: 'RUNNING', terminal: false, phase: 'completing' }],
  ['CONFIGURING', 'CF', { status: 'PENDING', terminal: false, phase: 'configuring' }],
  ['RESIZING', 'RS', { status: 'RUNNING', terminal: false, phase: 'resizing' }],
  ['REQUEUED', 'RQ', { status: 'PENDING', terminal: false, phase: 'requeued' }],
  ['REQUEUE_FED', 'RF', { status: 'PENDING', terminal: false, phase: 'requeued' }],
  ['REQUEUE_HOLD', 'RH', { status: 'PENDING', terminal: false, phase: 'held' }],
  ['SPECIAL_EXIT', 'SE', { status: 'PENDING', terminal: false, phase: 'held' }],
  ['STOPPED', 'ST', { status: 'RUNNING', terminal: false, phase: 'stopped' }],
  ['REVOKED', 'RV', { status: 'CANCELLED', terminal: true, failureKind: 'cancelled' }],
  ['RESV_DEL_HOLD', 'RD', { status: 'PENDING', terminal: false, phase: 'held' }],
  ['SIGNALING', 'SI', { status: 'RUNNING', terminal: false, phase: 'signaling' }],
];

describe('parseJobState', () => {
  it.each(words)('reads %s and %s', (long, short, meaning) => {
    expect(parseJobState(long)).toEqual({ ...meaning, raw: long });
    expect(parseJobState(short)).toEqual({ ...meaning, raw: short });
    expect(parseJobState(long.toLowerCase())).toEqual({ ...meaning, raw: long.toLowerCase() });
  });

  it.each(words.filter(([long]) => long.length > 10 && !long.startsWith('REQUEUE_')))(
    'reads %s (%s) where it was cut at ten columns',
    (long, _short, meaning) => {
      const cut = `${long.slice(0, 9)}+`;
      expect(parseJobState(cut)).toEqual({ ...meaning, raw: cut });
    },
  );

  it('knows EXPEDITING, which has no short form', () => {
    expect(parseJobState('EXPEDITING')).toEqual({ status: 'PENDING', terminal: false, raw: 'EXPEDITING' });
    expect(stateNames).toHaveLength(words.length + 1);
  });

  it.each([
    ['CANCELLED by 0', 0],
    ['CANCELLED by 2001', 2_001],
  ])('keeps who cancelled: %s', (text, uid) => {
    expect(parseJobState(text)).toMatchObject({ status: 'CANCELLED', terminal: true, raw: text, cancelledByUid: uid });
  });

  it.each<[string[], Partial<JobState>]>([
    [['COMPLETED', 'COMPLETING'], { status: 'RUNNING', phase: 'completing', terminal: false }],
    [['RUNNING'], { status: 'RUNNING', terminal: false }],
    [['PENDING', 'REQUEUED', 'REQUEUE_HOLD'], { status: 'PENDING', phase: 'requeued', terminal: false }],
    [['FAILED', 'LAUNCH_FAILED'], { status: 'FAILED', terminal: true }],
    [['PREEMPTED', 'STOPPED'], { status: 'RUNNING', phase: 'stopped', terminal: false }],
    [['PENDING', 'REVOKED'], { status: 'CANCELLED', terminal: true }],
    [[], { status: 'UNKNOWN', terminal: false }],
  ])('reads the list %j', (list, expected) => {
    expect(parseJobState(list)).toMatchObject({ ...expected, raw: list.join('+') });
  });

  it.each(['?', '', ' ', 'DREAMING', 'REQUEUE', 'REQUEUE_', 'COMPLE', 'RUN', '__proto__', 'constructor', '+'])(
    'keeps %j as unknown',
    (text) => expect(parseJobState(text)).toEqual({ status: 'UNKNOWN', raw: text, terminal: false }),
  );
});

describe('findStateName', () => {
  it.each([
    ['pd', 'PENDING'],
    ['CG', 'COMPLETING'],
    ['out_of_memory', 'OUT_OF_MEMORY'],
    ['completin', undefined],
    ['', undefined],
    ['constructor', undefined],
  ])('%s is %s', (word, name) => expect(findStateName(word)).toBe(name));
});

describe('refineFailure', () => {
  const failed = parseJobState('FAILED');

  it.each([
    ['an exit code', { exit: { code: 3, signal: 0 } }, 'exit'],
    ['a signal', { exit: { code: 0, signal: 9 } }, 'signal'],
    [
      'a signal that old releases call a launch failure',
      { exit: { code: 0, signal: 9 }, reason: 'JobLaunchFailure' },
      'signal',
    ],
    ['an exit code of 137', { exit: { code: 137, signal: 0 }, reason: 'NonZeroExitCode' }, 'exit'],
    ['signal 53', { exit: { code: 0, signal: 53 } }, 'launch'],
    ['signal 53 by its reason', { reason: 'RaisedSignal:53(Real-time signal 19)' }, 'launch'],
    ['a signal by its reason', { reason: 'RaisedSignal:11(Segmentation fault)' }, 'signal'],
    ['nothing but a launch failure', { reason: 'JobLaunchFailure' }, 'launch'],
    ['nothing', {}, 'exit'],
  ])('takes %s for what it is', (_, facts, kind) => {
    expect(refineFailure(failed, facts)).toEqual({ ...failed, failureKind: kind });
  });

  it('knows better than COMPLETED with an exit code', () => {
    const state = parseJobState('COMPLETED');
    expect(refineFailure(state, { exit: { code: 1, signal: 0 } })).toMatchObject({
      status: 'FAILED',
      failureKind: 'exit',
    });
    expect(refineFailure(state, { exit: { code: 0, signal: 0 } })).toBe(state);
  });

  it.each(['CANCELLED', 'TIMEOUT', 'OUT_OF_MEMORY', 'NODE_FAIL', 'RUNNING'])('leaves %s alone', (word) => {
    const state = parseJobState(word);
    expect(refineFailure(state, { exit: { code: 0, signal: 53 }, reason: 'JobLaunchFailure' })).toBe(state);
  });
});

describe('rollUpStates', () => {
  const roll = (...list: string[]): { status: JobStatus; terminal: boolean } => {
    const { status, terminal } = rollUpStates(list.map((word) => parseJobState(word))).state;
    return { status, terminal };
  };

  it.each([
    [['RUNNING', 'PENDING', 'FAILED'], 'RUNNING', false],
    [['PENDING', 'FAILED', 'TIMEOUT'], 'PENDING', false],
    [['COMPLETED', 'TIMEOUT', 'FAILED', 'CANCELLED'], 'FAILED', true],
    [['COMPLETED', 'TIMEOUT', 'CANCELLED'], 'TIMEOUT', true],
    [['COMPLETED', 'CANCELLED'], 'CANCELLED', true],
    [['COMPLETED', 'COMPLETED'], 'COMPLETED', true],
    [['COMPLETED', 'COMPLETING'], 'RUNNING', false],
    [['FAILED', 'DREAMING'], 'UNKNOWN', false],
    [[], 'UNKNOWN', false],
  ])('%j is %s', (list, status, terminal) => expect(roll(...list)).toEqual({ status, terminal }));

  it('counts, a row of unstarted tasks as often as it has tasks', () => {
    const states = ['RUNNING', 'PENDING', 'COMPLETED', 'COMPLETED'].map((word) => parseJobState(word));
    expect(rollUpStates(states).counts).toEqual({ RUNNING: 1, PENDING: 1, COMPLETED: 2 });
    expect(rollUpStates(states, { weights: [1, 6] }).counts).toEqual({ RUNNING: 1, PENDING: 6, COMPLETED: 2 });
  });

  it('does not look completing because one part is', () => {
    const states = ['COMPLETING', 'RUNNING'].map((word) => parseJobState(word));
    expect(rollUpStates(states).state).not.toHaveProperty('phase');
  });
});
