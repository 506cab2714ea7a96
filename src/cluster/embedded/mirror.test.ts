import { expect, test } from 'vitest';
import { ended, job, pending, running } from '../../../test/support/embedded-queue.ts';
import { createMirror } from './mirror.ts';

const waitsFor = (parent: number) => ({ mode: 'all', conditions: [{ type: 'afterany', parent }] }) as const;

test('knows which jobs are unfinished, oldest first', () => {
  const mirror = createMirror(0);
  mirror.add([job({ id: 1 }), job({ id: 2, states: [ended()] }), job({ id: 3, states: [ended(), running()] })]);
  expect(mirror.open().map(({ id }) => id)).toEqual([1, 3]);
  expect(mirror.finished().map(({ id }) => id)).toEqual([2]);
  expect(mirror.lastId).toBe(3);
});

test('a job is finished with its last task, and unfinished again when a task is requeued', () => {
  const mirror = createMirror(0);
  mirror.add([job({ id: 1, states: [running(), running()] }), job({ id: 9 })]);
  const replace = (rawId: number, state: Parameters<typeof mirror.replace>[0]['state']) => {
    const found = mirror.find(rawId);
    if (found !== undefined) mirror.replace({ ...found.task, state });
  };
  replace(1, ended());
  expect(mirror.open().map(({ id }) => id)).toEqual([1, 9]);
  replace(2, ended());
  expect(mirror.open().map(({ id }) => id)).toEqual([9]);
  replace(2, pending);
  expect(mirror.open().map(({ id }) => id)).toEqual([1, 9]);
  expect(mirror.find(2)?.task.state).toEqual(pending);
});

test('what is there is not added again', () => {
  const mirror = createMirror(0);
  mirror.add([job({ id: 1, states: [running()] })]);
  mirror.add([job({ id: 1, states: [pending] })]);
  expect(mirror.find(1)?.task.state.kind).toBe('running');
});

test('names parents that it does not have', () => {
  const mirror = createMirror(7);
  mirror.add([job({ id: 8, dependency: waitsFor(3) }), job({ id: 9, dependency: waitsFor(8) })]);
  expect(mirror.missingParents()).toEqual([3]);
});

test('forgets finished jobs once there are many, but no parent that is awaited', () => {
  const mirror = createMirror(0);
  mirror.add(Array.from({ length: 600 }, (_, index) => job({ id: index + 1, states: [ended({ endedAt: index })] })));
  mirror.add([job({ id: 700, dependency: waitsFor(5) })]);
  mirror.forgetFinished(590);
  expect(mirror.finished().map(({ id }) => id)).toEqual([5, ...Array.from({ length: 10 }, (_, index) => 591 + index)]);
  mirror.forgetFinished(Number.POSITIVE_INFINITY);
  // Few are left: none of them is worth the search.
  expect(mirror.finished()).toHaveLength(11);
  expect(mirror.find(1)).toBeUndefined();
});
