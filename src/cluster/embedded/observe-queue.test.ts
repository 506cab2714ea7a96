import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ended, running } from '../../../test/support/embedded-queue.ts';
import { beforeStatement, changeJob, submitJob } from '../../../test/support/queue-events.ts';
import { LocalShell } from '../../shell/local-shell.ts';
import { openQueue, type QueueDatabase } from './database.ts';
import type { EmbeddedContext } from './embedded-context.ts';
import { createQueueReader, type QueueReader } from './observe-queue.ts';
import { pruneQueue } from './prune-queue.ts';
import type { TaskState } from './queue.ts';

let stateDir = '';
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'srunx-observe-'));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

/** A reader beside a runner that lives. */
function readerOf(queue: QueueDatabase, directory: string): QueueReader {
  const context: EmbeddedContext = {
    ...{ stateDir: directory, env: {}, user: 'somebody', shell: new LocalShell({ name: 'embedded', env: {} }) },
    ...{ queue: () => queue, queueForReading: () => queue, hasRunner: () => true },
    ...{ ensureRunner: async () => undefined, notifyRunner: async () => undefined },
  };
  return createQueueReader(context);
}

async function rowsOf(reader: QueueReader): Promise<string[]> {
  const { jobs } = await reader.snapshot('me');
  return jobs.map(({ jobId, state }) => `${jobId} ${state.raw}`);
}

const endedNow = () => ended({ endedAt: Date.now() });

describe('whatever happens between two statements of a reader', () => {
  const events: readonly {
    readonly name: string;
    /** Of job 1. */
    readonly before: TaskState;
    readonly event: (db: DatabaseSync) => void;
    readonly rows: readonly string[];
  }[] = [
    {
      name: 'the end of a job',
      before: running(),
      event: (db) => changeJob(db, 1, endedNow()),
      rows: ['1 COMPLETED'],
    },
    {
      name: 'the return of a job',
      before: endedNow(),
      event: (db) => changeJob(db, 1, running()),
      rows: ['1 RUNNING'],
    },
    {
      name: 'a new job',
      before: endedNow(),
      event: (db) => submitJob(db, 2),
      rows: ['1 COMPLETED', '2 PENDING'],
    },
  ];
  const looks = ['first', 'second'] as const;

  test.each(events.flatMap((entry) => looks.map((look) => ({ ...entry, look }))))(
    '$name is not missed by its $look look',
    async ({ before, event, rows, look }) => {
      for (let number = 1; ; number += 1) {
        const directory = join(stateDir, `${number}`);
        using queue = openQueue(directory);
        using other = openQueue(directory);
        submitJob(other.db, 1);
        changeJob(other.db, 1, before);
        const reader = readerOf(queue, directory);
        if (look === 'second') await reader.snapshot('me');
        const outcome = beforeStatement(queue.db, number, () => event(other.db));
        await reader.snapshot('me');
        if (!outcome.hasHappened) {
          expect(number).toBeGreaterThan(3);
          return;
        }
        expect(await rowsOf(reader), `before statement ${number}`).toEqual(rows);
      }
    },
  );
});

test('changes are seen although newer ones were forgotten with their job', async () => {
  using queue = openQueue(stateDir);
  const reader = readerOf(queue, stateDir);
  submitJob(queue.db, 1);
  for (const state of [running(), ended({ endedAt: 0 })]) changeJob(queue.db, 1, state);
  submitJob(queue.db, 2);
  expect(await rowsOf(reader)).toEqual(['2 PENDING']);
  await pruneQueue(queue, { now: Date.now() });
  for (const state of [running(), endedNow()]) changeJob(queue.db, 2, state);
  expect(await rowsOf(reader)).toEqual(['2 COMPLETED']);
});
