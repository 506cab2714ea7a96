import { expect, test } from 'vitest';
import { ended, job, pending, running, task } from '../../../test/support/embedded-queue.ts';
import { dueSteps } from './due-steps.ts';
import type { Ending, JobSpec } from './queue.ts';
import type { Running } from './task-changes.ts';

const killWaitMs = 30_000;

function steps(now: number, options: { spec?: Partial<JobSpec>; state?: Partial<Running> } = {}) {
  const spec: JobSpec = { ...job({ id: 1 }).spec, timeLimitSeconds: 60, ...options.spec };
  const { task: after, signals, nextAt } = dueSteps(task({ state: running(options.state) }), { spec, now, killWaitMs });
  return { after, sent: signals.map(({ name, batchOnly }) => `${name}${batchOnly ? ' batch' : ''}`), nextAt };
}

const since = (at: number, killed = false): Ending => ({ cause: 'cancel', since: at, killed });

test('before its limit a task runs on, and the limit is what comes next', () => {
  expect(steps(59_999)).toMatchObject({ sent: [], nextAt: 60_000, after: { state: running() } });
});

test('at its limit it is asked to end, and is killed after the grace', () => {
  const { after, sent, nextAt } = steps(60_000);
  expect({ sent, nextAt }).toEqual({ sent: ['TERM', 'CONT'], nextAt: 90_000 });
  expect(after.state).toMatchObject({ ending: { cause: 'timeout', since: 60_000, killed: false } });
  const grace = dueSteps(after, { spec: job({ id: 1 }).spec, now: 89_999, killWaitMs });
  expect(grace).toMatchObject({ signals: [], nextAt: 90_000 });
  const over = dueSteps(after, { spec: job({ id: 1 }).spec, now: 90_000, killWaitMs });
  expect(over.signals.map(({ name }) => name)).toEqual(['KILL']);
  expect(over.task.state).toMatchObject({ ending: { killed: true } });
});

test('it is killed once', () => {
  expect(steps(500_000, { state: { ending: since(0, true) } })).toMatchObject({ sent: [], nextAt: undefined });
});

test('without a limit nothing is ever due', () => {
  expect(steps(1e12, { spec: { timeLimitSeconds: null } })).toMatchObject({ sent: [], nextAt: undefined });
});

const warning = { signal: 'USR1', secondsBefore: 20, batchOnly: true };

test.each<[string, number, Partial<Running>, string[], number]>([
  ['not yet', 39_999, {}, [], 40_000],
  ['now', 40_000, {}, ['USR1 batch'], 60_000],
  ['once only', 45_000, { warned: true }, [], 60_000],
  ['not any more: the limit is reached', 60_000, {}, ['TERM', 'CONT'], 90_000],
  ['not while it is being ended', 45_000, { ending: since(44_000) }, [], 74_000],
])('the warning before the limit: %s', (_case, now, state, sent, nextAt) => {
  expect(steps(now, { spec: { warning }, state })).toMatchObject({ sent, nextAt });
});

test('a warning that was sent is remembered', () => {
  expect(steps(40_000, { spec: { warning } }).after.state).toMatchObject({ warned: true });
});

test.each([pending, ended()])('nothing is due for a task that does not run', (state) => {
  const before = task({ state });
  expect(dueSteps(before, { spec: job({ id: 1 }).spec, now: 1e12, killWaitMs })).toEqual({
    task: before,
    signals: [],
    nextAt: undefined,
  });
});
