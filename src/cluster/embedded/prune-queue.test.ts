import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, job, pending } from '../../../test/support/embedded-queue.ts';
import { openQueue, type QueueDatabase, transact } from './database.ts';
import { pruneQueue } from './prune-queue.ts';
import type { QueueJob } from './queue.ts';
import { insertEnvironment, insertJob, jobIdOfToken, readEnvironment, saveTasks, setOpen } from './rows.ts';

const day = 86_400_000;
const now = 100 * day;

let directory = '';
let queue: QueueDatabase;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'srunx-prune-'));
  queue = openQueue(directory);
});
afterEach(() => {
  queue[Symbol.dispose]();
  rmSync(directory, { recursive: true });
});

async function fill(jobs: readonly (QueueJob & { readonly environment?: string })[]): Promise<void> {
  const { db } = queue;
  await transact(queue, () => {
    for (const entry of jobs) {
      const hash = entry.environment ?? 'shared';
      insertEnvironment(db, { hash, json: '{"A":"1"}' });
      insertJob(db, entry, { script: new Uint8Array(), args: [], variables: {}, environment: hash });
      saveTasks(db, entry.tasks);
      setOpen(
        db,
        entry.id,
        entry.tasks.some(({ state }) => state.kind !== 'ended'),
      );
    }
  });
}

/** Submitted and ended so many days ago. */
function old(id: number, days: number, changes: Partial<Parameters<typeof job>[0]> = {}): QueueJob {
  const submittedAt = now - days * day;
  return { ...job({ id, states: [ended({ endedAt: submittedAt })], ...changes }), submittedAt };
}

function left(): number[] {
  return queue.db
    .prepare('SELECT id FROM job ORDER BY id')
    .all()
    .map((row) => Number(row['id']));
}

test('forgets what ended long ago, but for its token', async () => {
  await fill([old(1, 31), old(2, 29), { ...old(3, 31, { states: [pending] }) }]);
  await pruneQueue(queue, { now });
  expect(left()).toEqual([2, 3]);
  expect(jobIdOfToken(queue.db, 'token-1')).toBe(1);
  expect(queue.db.prepare('SELECT count(*) AS n FROM task WHERE job_id = 1').get()).toEqual({ n: 0 });
});

test('keeps what ended lately, however long ago it was submitted', async () => {
  await fill([{ ...old(1, 60), tasks: job({ id: 1, states: [ended({ endedAt: now - 1_000 })] }).tasks }]);
  await pruneQueue(queue, { now });
  expect(left()).toEqual([1]);
});

test('keeps a parent for which a child still waits', async () => {
  const dependency = { mode: 'all', conditions: [{ type: 'afterany', parent: 1 }] } as const;
  await fill([old(1, 60), old(2, 60), old(3, 60, { states: [pending], dependency }), old(4, 60, { dependency })]);
  await pruneQueue(queue, { now });
  expect(left()).toEqual([1, 3]);
});

test('forgets the oldest where there are too many', async () => {
  await fill(Array.from({ length: 10 }, (_, index) => old(index + 1, 2)));
  await pruneQueue(queue, { now, maxFinished: 4 });
  expect(left()).toEqual([7, 8, 9, 10]);
});

test('keeps environments as long as a job has them', async () => {
  await fill([
    { ...old(1, 60), environment: 'gone' },
    { ...old(2, 60), environment: 'kept' },
    { ...old(3, 1), environment: 'kept' },
  ]);
  await pruneQueue(queue, { now });
  expect([readEnvironment(queue.db, 'gone'), readEnvironment(queue.db, 'kept')]).toEqual([{}, { A: '1' }]);
});
