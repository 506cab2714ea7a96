import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { beforeStatement, submitJob } from '../../../test/support/queue-events.ts';
import { openQueue } from './database.ts';
import { createJobFiles } from './job-files.ts';
import { createScheduler } from './scheduler.ts';
import type { TaskProcesses } from './task-processes.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'srunx-scheduler-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a job that comes in between any two statements of a round is started', async () => {
  for (let number = 1; ; number += 1) {
    const stateDir = join(directory, `${number}`);
    using queue = openQueue(stateDir);
    using client = openQueue(stateDir);
    const launched: number[] = [];
    const processes: TaskProcesses = {
      launch: async ({ job }) => {
        launched.push(job.id);
        return { kind: 'failed', reason: 'on purpose' };
      },
      adopt: () => undefined,
      [Symbol.dispose]: () => undefined,
    };
    const files = createJobFiles(stateDir);
    const serving = { pid: 1, start: '', turn: 1 };
    const scheduler = await createScheduler({ queue, files, processes, ends: [], killWaitMs: 0, serving });
    // The first round is written down: nobody else can write meanwhile.
    await scheduler.round();
    const outcome = beforeStatement(queue.db, number, () => submitJob(client.db, 1));
    await scheduler.round();
    if (!outcome.hasHappened) {
      expect(number).toBeGreaterThan(2);
      return;
    }
    if (await scheduler.hasNews()) await scheduler.round();
    expect(launched, `before statement ${number}`).toEqual([1]);
  }
});
