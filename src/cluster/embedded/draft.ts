import type { DatabaseSync } from 'node:sqlite';
import type { TaskSignal } from './due-steps.ts';
import type { Mirror } from './mirror.ts';
import { hasEnded, type QueueTask } from './queue.ts';
import { saveTasks, setOpen } from './rows.ts';

/** The changes of one round: made in the mirror at once, then written together, or taken back together. */
export interface Draft {
  readonly signals: readonly TaskSignal[];
  change(task: QueueTask, signals?: readonly TaskSignal[]): void;
  /** Every changed task, as it was before and as it is now. */
  changes(): readonly { readonly before: QueueTask; readonly after: QueueTask }[];
  /** Inside a transaction. */
  save(db: DatabaseSync): void;
  undo(): void;
}

export function createDraft(mirror: Mirror): Draft {
  const before = new Map<number, QueueTask>();
  const signals: TaskSignal[] = [];
  const current = (rawId: number): QueueTask | undefined => mirror.find(rawId)?.task;
  return {
    signals,
    change(task, sent = []) {
      signals.push(...sent);
      const known = current(task.rawId);
      if (known === undefined || known === task) return;
      if (!before.has(task.rawId)) before.set(task.rawId, known);
      mirror.replace(task);
    },
    changes: () =>
      [...before.values()].flatMap((task) => {
        const after = current(task.rawId);
        return after === undefined ? [] : [{ before: task, after }];
      }),
    save(db) {
      const touched = new Set<number>();
      const found = [...before.keys()].flatMap((rawId) => mirror.find(rawId) ?? []);
      saveTasks(
        db,
        found.map(({ task }) => task),
      );
      for (const { job } of found) touched.add(job.id);
      for (const jobId of touched) setOpen(db, jobId, mirror.job(jobId)?.tasks.every(hasEnded) === false);
    },
    undo() {
      for (const task of before.values()) mirror.replace(task);
    },
  };
}
