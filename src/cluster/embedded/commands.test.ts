import { expect, test } from 'vitest';
import { ended, failed, held, pending, running, task } from '../../../test/support/embedded-queue.ts';
import { applyCommand, type Command } from './commands.ts';
import type { Ending, TaskState } from './queue.ts';

type Kind = Exclude<Command['kind'], 'signal'>;

function apply(kind: Kind, state: TaskState) {
  const { task: after, signals } = applyCommand(task({ state }), { command: { kind, tasks: [1] }, now: 5_000 });
  return { after, sent: signals.map(({ name }) => name).join(' ') };
}

const request = (cause: Ending['cause'], killed = false): Ending => ({ cause, since: 1_000, killed });

test.each<[Kind, string, TaskState, object, string]>([
  ['cancel', 'pending', pending, { kind: 'ended', word: 'CANCELLED', endedAt: 5_000 }, ''],
  ['cancel', 'held', held, { kind: 'ended', word: 'CANCELLED' }, ''],
  ['cancel', 'running', running(), { ending: { cause: 'cancel', since: 5_000, killed: false } }, 'TERM CONT'],
  ['cancel', 'cancelled before', running({ ending: request('cancel') }), { ending: request('cancel') }, ''],
  ['cancel', 'timed out', running({ ending: request('timeout') }), { ending: request('timeout') }, ''],
  [
    'cancel',
    'being requeued',
    running({ ending: request('requeue') }),
    { ending: { cause: 'cancel', since: 5_000 } },
    'TERM CONT',
  ],
  ['kill', 'pending', pending, { kind: 'ended', word: 'CANCELLED' }, ''],
  ['kill', 'running', running(), { ending: { cause: 'cancel', killed: true } }, 'KILL'],
  ['kill', 'cancelled before', running({ ending: request('cancel') }), { ending: { killed: true } }, 'KILL'],
  ['kill', 'killed before', running({ ending: request('timeout', true) }), { ending: request('timeout', true) }, ''],
  ['hold', 'pending', pending, held, ''],
  ['hold', 'running', running(), running(), ''],
  ['release', 'held', held, pending, ''],
  ['release', 'pending', pending, pending, ''],
  ['requeue', 'running', running(), { ending: { cause: 'requeue', since: 5_000, killed: false } }, 'TERM CONT'],
  ['requeue', 'being cancelled', running({ ending: request('cancel') }), { ending: request('cancel') }, ''],
  ['requeue', 'failed', failed, pending, ''],
  ['requeue', 'pending', pending, pending, ''],
])('%s of a task that is %s', (kind, _case, state, expected, sent) => {
  const result = apply(kind, state);
  expect(result.after.state).toMatchObject(expected);
  expect(result.sent).toBe(sent);
});

test.each<Kind>(['cancel', 'kill', 'hold', 'release'])('%s leaves a task alone that has ended', (kind) => {
  expect(apply(kind, ended()).after.state).toEqual(ended());
});

test('a requeue counts as a restart, once', () => {
  const command: Command = { kind: 'requeue', tasks: [1] };
  const once = applyCommand(task({ state: failed }), { command, now: 0 }).task;
  expect(once.restarts).toBe(1);
  expect(applyCommand(once, { command, now: 0 }).task.restarts).toBe(1);
});

test('a signal goes to what runs, and changes nothing', () => {
  const command: Command = { kind: 'signal', tasks: [1], name: 'USR1' };
  const target = task({ state: running() });
  expect(applyCommand(target, { command, now: 0 })).toEqual({
    task: target,
    signals: [{ rawId: 1, name: 'USR1', batchOnly: false }],
  });
  expect(applyCommand(task(), { command, now: 0 }).signals).toEqual([]);
});
