import { expect, test } from 'vitest';
import { ended, failed, job, pending, running } from '../../../test/support/embedded-queue.ts';
import { type Condition, type Dependency, isPerTask, judgeDependency, parseDependency } from './dependency.ts';
import type { QueueJob, TaskState } from './queue.ts';

type Type = Exclude<Condition['type'], 'singleton'>;

function judge(dependency: Dependency, parents: readonly QueueJob[], options: { now?: number; index?: number } = {}) {
  const { now = 1_000_000, index } = options;
  const child = job({ id: 100, dependency, ...(index === undefined ? {} : { indices: [index] }) });
  const [task] = child.tasks;
  if (task === undefined) throw new Error('a job has a task');
  const byId = new Map(parents.map((parent) => [parent.id, parent]));
  return judgeDependency({ job: child, task, now, parent: (id) => byId.get(id), openJobs: [...parents, child] });
}

function on(type: Type, parent: number, tasks?: readonly number[]): Condition {
  return tasks === undefined ? { type, parent } : { type, parent, tasks };
}

const all = (...conditions: Condition[]): Dependency => ({ mode: 'all', conditions });
const any = (...conditions: Condition[]): Dependency => ({ mode: 'any', conditions });

const states: Record<string, TaskState> = {
  pending,
  running: running(),
  completed: ended(),
  failed,
  cancelled: ended({ word: 'CANCELLED' }),
  timeout: ended({ word: 'TIMEOUT' }),
  nodeFail: ended({ word: 'NODE_FAIL' }),
};

test.each<[Type, Record<string, string>]>([
  [
    'after',
    {
      pending: 'waiting',
      running: 'met',
      completed: 'met',
      failed: 'met',
      cancelled: 'met',
      timeout: 'met',
      nodeFail: 'met',
    },
  ],
  [
    'afterany',
    {
      pending: 'waiting',
      running: 'waiting',
      completed: 'met',
      failed: 'met',
      cancelled: 'met',
      timeout: 'met',
      nodeFail: 'met',
    },
  ],
  [
    'afterok',
    {
      pending: 'waiting',
      running: 'waiting',
      completed: 'met',
      failed: 'never',
      cancelled: 'never',
      timeout: 'never',
      nodeFail: 'never',
    },
  ],
  [
    'afternotok',
    {
      pending: 'waiting',
      running: 'waiting',
      completed: 'never',
      failed: 'met',
      cancelled: 'met',
      timeout: 'met',
      nodeFail: 'met',
    },
  ],
  [
    'aftercorr',
    {
      pending: 'waiting',
      running: 'waiting',
      completed: 'met',
      failed: 'never',
      cancelled: 'never',
      timeout: 'never',
      nodeFail: 'never',
    },
  ],
])('%s is judged by the state of its parent', (type, expected) => {
  const seen = Object.fromEntries(
    Object.entries(states).map(([name, state]) => [
      name,
      judge(all(on(type, 1)), [job({ id: 1, states: [state] })]).verdict,
    ]),
  );
  expect(seen).toEqual(expected);
});

test.each<[Type, readonly TaskState[], string]>([
  ['afterok', [ended(), failed, running()], 'waiting'],
  ['afterok', [ended(), failed], 'never'],
  ['afterok', [ended(), ended()], 'met'],
  ['afternotok', [failed, running()], 'waiting'],
  ['afternotok', [ended(), failed], 'met'],
  ['afternotok', [ended(), ended()], 'never'],
  ['afterany', [ended(), running()], 'waiting'],
  ['afterany', [ended(), failed], 'met'],
  ['after', [running(), pending], 'waiting'],
  ['after', [running(), failed], 'met'],
])('%s on a whole array is about all of its tasks: %#', (type, parent, verdict) => {
  expect(judge(all(on(type, 1)), [job({ id: 1, states: parent })]).verdict).toBe(verdict);
});

test('an edge to some tasks of an array is about those alone', () => {
  const parent = job({ id: 1, states: [ended(), failed, running()] });
  expect(judge(all(on('afterok', 1, [0])), [parent]).verdict).toBe('met');
  expect(judge(all(on('afterok', 1, [0, 1])), [parent]).verdict).toBe('never');
  expect(judge(all(on('afternotok', 1, [1])), [parent]).verdict).toBe('met');
  expect(judge(all(on('afterok', 1, [0, 2])), [parent]).verdict).toBe('waiting');
});

test('aftercorr goes from task to task of the same index', () => {
  const parent = job({ id: 1, states: [ended(), failed, running()], indices: [0, 5, 7] });
  const verdictOf = (index: number) => judge(all(on('aftercorr', 1)), [parent], { index }).verdict;
  expect([0, 5, 7].map(verdictOf)).toEqual(['met', 'never', 'waiting']);
});

test('aftercorr to an index that the parent lacks is about the whole parent, as in Slurm', () => {
  const verdictOf = (states: readonly TaskState[]) =>
    judge(all(on('aftercorr', 1)), [job({ id: 1, states, indices: [0, 2] })], { index: 1 }).verdict;
  expect(verdictOf([ended(), running()])).toBe('waiting');
  expect(verdictOf([ended(), failed])).toBe('never');
  expect(verdictOf([ended(), ended()])).toBe('met');
});

test.each<[Type, readonly string[]]>([
  ['afterok', ['met', 'never', 'waiting', 'waiting']],
  ['afternotok', ['never', 'met', 'waiting', 'waiting']],
  ['afterany', ['met', 'met', 'waiting', 'waiting']],
  ['after', ['met', 'met', 'met', 'waiting']],
])('%s to the twin goes from task to task of the same index', (type, expected) => {
  const parent = job({ id: 1, states: [ended(), failed, running(), pending], indices: [0, 5, 7, 8] });
  const twin: Condition = { type, parent: 1, twin: true };
  expect([0, 5, 7, 8].map((index) => judge(all(twin), [parent], { index }).verdict)).toEqual(expected);
  expect([isPerTask(twin), isPerTask(on(type, 1))]).toEqual([true, false]);
});

test('a turn is that of the task so many indices before; who has none waits for nothing', () => {
  const parent = job({ id: 1, states: [ended(), failed, running(), pending], indices: [0, 5, 7, 8] });
  const turns = [
    { first: 1, last: 1, shift: -4 },
    { first: 4, last: 4, shift: 4 },
    { first: 9, last: 10, shift: 2 },
  ];
  const condition: Condition = { type: 'afterany', parent: 1, turns };
  const verdicts = [0, 1, 4, 5, 9, 10, 11].map((index) => judge(all(condition), [parent], { index }).verdict);
  expect(verdicts).toEqual(['met', 'met', 'met', 'met', 'waiting', 'waiting', 'met']);
  expect(isPerTask(condition)).toBe(true);
});

test('a turn that was given up before it came is the next one only when it would have come', () => {
  const cancelled: TaskState = { ...ended(), word: 'CANCELLED' } as TaskState;
  const { startedAt: _, ...never } = cancelled as { readonly startedAt?: number };
  const condition: Condition = { type: 'afterany', parent: 1, turns: [{ first: 1, last: 9, shift: 1 }] };
  const verdict = (states: readonly TaskState[]) => {
    const parent = job({ id: 1, states, indices: states.map((_state, index) => index) });
    const waits = { ...parent, spec: { ...parent.spec, dependency: all(condition) } };
    return judge(all(condition), [waits], { index: states.length }).verdict;
  };
  const unbegun = never as TaskState;
  expect(verdict([running(), unbegun])).toBe('waiting');
  expect(verdict([running(), unbegun, unbegun, unbegun])).toBe('waiting');
  expect(verdict([ended(), unbegun, unbegun])).toBe('met');
  expect(verdict([running(), cancelled])).toBe('met');
  expect(verdict([unbegun])).toBe('met');
});

test('all conditions are needed with commas, one is enough with question marks', () => {
  const parents = [
    job({ id: 1, states: [ended()] }),
    job({ id: 2, states: [failed] }),
    job({ id: 3, states: [running()] }),
  ];
  const [good, bad, open] = [on('afterok', 1), on('afterok', 2), on('afterok', 3)] as const;
  expect(judge(all(good, open), parents).verdict).toBe('waiting');
  expect(judge(all(open, bad), parents).verdict).toBe('never');
  expect(judge(any(bad, open), parents).verdict).toBe('waiting');
  expect(judge(any(open, bad, good), parents).verdict).toBe('met');
  expect(judge(any(bad, bad), parents).verdict).toBe('never');
});

test('after with a time waits that long from the last start, and says until when', () => {
  const parent = job({ id: 1, states: [running({ startedAt: 500_000 }), running({ startedAt: 900_000 })] });
  const dependency = all({ type: 'after', parent: 1, delayMs: 300_000 });
  expect(judge(dependency, [parent], { now: 1_000_000 })).toEqual({ verdict: 'waiting', until: 1_200_000 });
  expect(judge(dependency, [parent], { now: 1_200_000 })).toEqual({ verdict: 'met' });
});

test('a parent that was removed by force is never awaited', () => {
  expect(judge(all(on('afterany', 1)), []).verdict).toBe('never');
});

test.each<[string, Parameters<typeof job>[0], string]>([
  ['an older one that waits', { id: 1, name: 'x' }, 'waiting'],
  ['an older one that runs', { id: 1, name: 'x', states: [running()] }, 'waiting'],
  ['an older one that has ended', { id: 1, name: 'x', states: [failed] }, 'met'],
  ['a younger one that waits', { id: 200, name: 'x' }, 'met'],
  ['a younger one that runs', { id: 200, name: 'x', states: [running()] }, 'waiting'],
  ['one of another name', { id: 1, name: 'y', states: [running()] }, 'met'],
])('singleton with %s', (_case, other, verdict) => {
  const child = job({ id: 100, name: 'x', dependency: all({ type: 'singleton' }) });
  const [task] = child.tasks;
  if (task === undefined) throw new Error('a job has a task');
  const openJobs = [job(other), child];
  expect(judgeDependency({ job: child, task, now: 0, parent: () => undefined, openJobs }).verdict).toBe(verdict);
});

test('the tasks of a singleton array go one after another', () => {
  const child = job({ id: 100, states: [ended(), pending, pending], dependency: all({ type: 'singleton' }) });
  const verdicts = child.tasks.map(
    (task) => judgeDependency({ job: child, task, now: 0, parent: () => undefined, openJobs: [child] }).verdict,
  );
  expect(verdicts.slice(1)).toEqual(['met', 'waiting']);
});

const find = (id: number) => (id === 9 ? { job: 7, index: 3 } : id < 100 ? { job: id } : undefined);

test.each<[string, Dependency]>([
  ['afterok:1', all(on('afterok', 1))],
  ['afterok:1:2,afterany:3', all(on('afterok', 1), on('afterok', 2), on('afterany', 3))],
  ['afterok:1?afternotok:2', any(on('afterok', 1), on('afternotok', 2))],
  ['1', all(on('afterany', 1))],
  ['AfterOK:1', all(on('afterok', 1))],
  ['singleton', all({ type: 'singleton' })],
  ['afterok:1_4', all(on('afterok', 1, [4]))],
  ['afterok:1_[2-3,7]', all(on('afterok', 1, [2, 3, 7]))],
  ['afterok:1_[2,3],singleton', all(on('afterok', 1, [2, 3]), { type: 'singleton' })],
  ['aftercorr:1_*', all(on('aftercorr', 1))],
  ['after:1+5', all({ type: 'after', parent: 1, delayMs: 300_000 })],
  ['afterburstbuffer:1', all(on('afterany', 1))],
  // The raw id of an array task means that task.
  ['afterok:9', all(on('afterok', 7, [3]))],
])('reads %s', (text, expected) => {
  expect(parseDependency(text, find)).toEqual(expected);
});

test.each(['afterok:100', 'afterok:1:100', 'afterok:1+1', 'expand:1', 'afterok:x'])('refuses %s', (text) => {
  expect(() => parseDependency(text, find)).toThrow(/dependency|expand/);
});
