import { expect, test } from 'vitest';
import { ended, failed, held, job, pending, running } from '../../../test/support/embedded-queue.ts';
import type { JobObservation } from '../../core/slurm/job-observation.ts';
import type { WaitReason } from './decide.ts';
import { createObserver } from './observations.ts';

function rows(
  target: ReturnType<typeof job>,
  options: { waiting?: [number, WaitReason][]; now?: number } = {},
): JobObservation[] {
  const { waiting = [], now = 100_000 } = options;
  return createObserver('controller')(target, { waiting: new Map(waiting), now });
}

const brief = ({ jobId, rawId, state, reason }: JobObservation) =>
  [jobId, rawId, state.raw, reason].filter(Boolean).join(' ');

test('a job that waits shows why, and a job that runs for how long', () => {
  expect(rows(job({ id: 7 }), { waiting: [[7, 'Dependency']] }).map(brief)).toEqual(['7 7 PENDING Dependency']);
  const [row] = rows(job({ id: 7, cpus: 3, gpus: 1, states: [running({ startedAt: 40_000 })] }));
  expect(row).toMatchObject({
    jobId: '7',
    cpus: 3,
    gpus: 1,
    nodes: 1,
    startTime: 40,
    elapsedSeconds: 60,
    source: 'controller',
  });
  expect(row).not.toHaveProperty('endTime');
});

test('a job that was asked to end is completing', () => {
  const state = running({ ending: { cause: 'cancel', since: 0, killed: false } });
  expect(rows(job({ id: 7, states: [state] }))[0]?.state).toMatchObject({
    status: 'RUNNING',
    phase: 'completing',
    terminal: false,
  });
});

test.each([
  [ended({ startedAt: 10_000, endedAt: 12_500 }), { status: 'COMPLETED' }, { elapsedSeconds: 2, endTime: 12 }],
  [failed, { status: 'FAILED', failureKind: 'exit' }, { exit: { code: 1, signal: 0 } }],
  [ended({ word: 'FAILED', exit: { code: 0, signal: 11 }, reason: 'RaisedSignal:11' }), { failureKind: 'signal' }, {}],
  [
    ended({ word: 'FAILED', exit: { code: 0, signal: 53 }, reason: 'no such place' }),
    { failureKind: 'launch' },
    { reason: 'no such place' },
  ],
  [
    ended({ word: 'TIMEOUT', reason: 'TimeLimit' }),
    { status: 'TIMEOUT', failureKind: 'timeout' },
    { reason: 'TimeLimit' },
  ],
  [ended({ word: 'NODE_FAIL' }), { status: 'FAILED', failureKind: 'node_fail' }, {}],
])('an end %#', (state, expectedState, expected) => {
  const [row] = rows(job({ id: 7, states: [state] }));
  expect(row).toMatchObject(expected);
  expect(row?.state).toMatchObject({ terminal: true, ...expectedState });
});

test('a job that was cancelled before it ran has no start and no node', () => {
  const state = { kind: 'ended', word: 'CANCELLED', endedAt: 5_000, exit: { code: 0, signal: 0 } } as const;
  const [row] = rows(job({ id: 7, states: [state] }));
  expect(row).toMatchObject({ endTime: 5, elapsedSeconds: 0 });
  expect(Object.keys(row ?? {}).filter((key) => ['startTime', 'nodeList'].includes(key))).toEqual([]);
});

test('unstarted tasks of an array that wait alike share a row', () => {
  const states = [ended(), running(), pending, pending, held, pending, pending];
  const target = job({ id: 20, states, indices: [0, 1, 2, 3, 4, 5, 9], arrayLimit: 2 });
  const waiting: [number, WaitReason][] = [22, 23, 25, 26].map((rawId) => [rawId, 'JobArrayTaskLimit']);
  expect(rows(target, { waiting: [...waiting, [24, 'JobHeldUser']] }).map(brief)).toEqual([
    '20_0 20 COMPLETED',
    '20_1 21 RUNNING',
    '20_[2-3,5,9%2] 20 PENDING JobArrayTaskLimit',
    '20_[4%2] 20 PENDING JobHeldUser',
  ]);
});

test('a task that was requeued keeps a row of its own', () => {
  const target = job({ id: 20, states: [pending, pending] });
  const requeued = { ...target, tasks: target.tasks.map((task, position) => ({ ...task, restarts: position })) };
  expect(rows(requeued).map(({ jobId, restarts }) => [jobId, restarts])).toEqual([
    ['20_1', 1],
    ['20_[0]', 0],
  ]);
});
