import type { DatabaseSync } from 'node:sqlite';
import type { TaskState } from '../../src/cluster/embedded/queue.ts';
import { insertEnvironment, insertJob, saveTasks, setOpen } from '../../src/cluster/embedded/rows.ts';
import { job } from './embedded-queue.ts';

/** What other processes do to a queue, each in a transaction of its own. */

/** A submission. */
export function submitJob(db: DatabaseSync, id: number): void {
  write(db, () => {
    insertEnvironment(db, { hash: 'hash', json: '{}' });
    insertJob(db, job({ id }), { script: new Uint8Array(), args: [], variables: {}, environment: 'hash' });
  });
}

/** What the runner writes down of a job. */
export function changeJob(db: DatabaseSync, id: number, state: TaskState): void {
  write(db, () => {
    saveTasks(db, job({ id, states: [state] }).tasks);
    setOpen(db, id, state.kind !== 'ended');
  });
}

function write(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  work();
  db.exec('COMMIT');
}

/** Lets something happen before one of the statements that are prepared from now on. */
export function beforeStatement(db: DatabaseSync, number: number, event: () => void): { hasHappened: boolean } {
  const outcome = { hasHappened: false };
  const prepare = db.prepare.bind(db);
  let count = 0;
  db.prepare = (...words) => {
    count += 1;
    if (count === number) {
      outcome.hasHappened = true;
      event();
    }
    return prepare(...words);
  };
  return outcome;
}
