import { expect, test } from 'vitest';
import { ended, job, pending, running, task } from '../../../test/support/embedded-queue.ts';
import type { Ending, QueueTask } from './queue.ts';
import { afterEnd, type EndReport } from './task-changes.ts';

const plain = job({ id: 1 }).spec;
const exited = (code: number, signal = 0): EndReport => ({ kind: 'exited', exit: { code, signal }, at: 9_000 });
const vanished: EndReport = { kind: 'vanished', at: 9_000 };
const unstarted: EndReport = { kind: 'unstarted' };
const because = (cause: Ending['cause']): Ending => ({ cause, since: 8_000, killed: false });

function stateAfter(
  report: EndReport,
  options: { ending?: Ending; restarts?: number; requeue?: boolean } = {},
): string {
  const { ending, restarts = 0, requeue } = options;
  const before = task({ restarts, state: running({ startedAt: 5_000, ...(ending === undefined ? {} : { ending }) }) });
  return describe(afterEnd(before, { report, spec: { ...plain, ...(requeue === undefined ? {} : { requeue }) } }));
}

function describe({ restarts, state }: QueueTask): string {
  if (state.kind !== 'ended') return `${state.kind} ${restarts}`;
  const { word, exit, reason, startedAt, endedAt } = state;
  return [word, `${exit.code}:${exit.signal}`, reason, `${startedAt}-${endedAt}`].filter(Boolean).join(' ');
}

test.each<[string, string, string]>([
  ['exit 0', stateAfter(exited(0)), 'COMPLETED 0:0 5000-9000'],
  ['exit 3', stateAfter(exited(3)), 'FAILED 3:0 NonZeroExitCode 5000-9000'],
  ['a signal', stateAfter(exited(0, 9)), 'FAILED 0:9 RaisedSignal:9 5000-9000'],
  ['a cancel', stateAfter(exited(0, 15), { ending: because('cancel') }), 'CANCELLED 0:15 5000-9000'],
  [
    'a cancel that the script survived',
    stateAfter(exited(0), { ending: because('cancel') }),
    'CANCELLED 0:0 5000-9000',
  ],
  ['a time limit', stateAfter(exited(0, 15), { ending: because('timeout') }), 'TIMEOUT 0:15 TimeLimit 5000-9000'],
  ['a kill after the grace', stateAfter(vanished, { ending: because('timeout') }), 'TIMEOUT 0:9 TimeLimit 5000-9000'],
  ['a requeue', stateAfter(exited(0, 15), { ending: because('requeue') }), 'pending 1'],
  ['a shim that vanished', stateAfter(vanished), 'NODE_FAIL 0:0 NodeDown 5000-9000'],
  ['one that may be requeued', stateAfter(vanished, { requeue: true }), 'pending 1'],
  [
    'one that was requeued too often',
    stateAfter(vanished, { requeue: true, restarts: 5 }),
    'NODE_FAIL 0:0 NodeDown 5000-9000',
  ],
  ['a shim that never began', stateAfter(unstarted), 'pending 0'],
  [
    'one that was cancelled meanwhile',
    stateAfter(unstarted, { ending: because('cancel') }),
    'CANCELLED 0:0 undefined-8000',
  ],
  [
    'a shim that could not begin',
    stateAfter({ kind: 'failed', reason: 'no space', at: 9_000 }),
    'FAILED 0:53 no space 9000-9000',
  ],
])('after %s', (_case, actual, expected) => {
  expect(actual).toBe(expected);
});

test('a clock that went back gives no negative duration', () => {
  const before = task({ state: running({ startedAt: 10_000 }) });
  const { state } = afterEnd(before, { report: exited(0), spec: plain });
  expect(state).toMatchObject({ startedAt: 10_000, endedAt: 10_000 });
});

test.each([pending, ended()])('a task that does not run is not changed by an end', (state) => {
  const before = task({ state });
  expect(afterEnd(before, { report: exited(1), spec: plain })).toBe(before);
});
