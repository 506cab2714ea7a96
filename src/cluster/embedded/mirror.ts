import type { Condition } from './dependency.ts';
import { hasEnded, type QueueJob, type QueueTask } from './queue.ts';

/**
 * The runner's copy of the queue. The runner alone changes tasks, so while it lives its copy is right; every change is
 * written to the database, and taken back here where that fails.
 */
export interface Mirror {
  /** The newest job known. */
  readonly lastId: number;
  add(jobs: readonly QueueJob[]): void;
  /** Unfinished jobs, oldest first. */
  open(): readonly QueueJob[];
  job(id: number): QueueJob | undefined;
  find(rawId: number): { readonly job: QueueJob; readonly task: QueueTask } | undefined;
  replace(task: QueueTask): void;
  finished(): readonly QueueJob[];
  /** Drops finished jobs that nobody depends on and that ended before the time given (epoch ms), once there are many. */
  forgetFinished(endedBefore: number): void;
  /** Ids of finished jobs that unfinished ones depend on and that are not here. */
  missingParents(): readonly number[];
}

interface Entry {
  readonly job: QueueJob & { readonly tasks: QueueTask[] };
  /** Tasks that have not ended. */
  open: number;
}

const maxFinished = 500;

/** `lastId`: the newest job in the database; those up to it that are not added are of no interest. */
export function createMirror(newest: number): Mirror {
  const entries = new Map<number, Entry>();
  const places = new Map<number, { readonly entry: Entry; readonly position: number }>();
  let openJobs: readonly QueueJob[] | undefined;
  let lastId = newest;
  const open = (): readonly QueueJob[] => {
    openJobs ??= [...entries.values()]
      .flatMap((entry) => (entry.open > 0 ? [entry.job] : []))
      .sort((a, b) => a.id - b.id);
    return openJobs;
  };
  const forget = ({ job }: Entry): void => {
    entries.delete(job.id);
    for (const { rawId } of job.tasks) places.delete(rawId);
  };
  const forgetFinished = (endedBefore: number): void => {
    if (entries.size - open().length <= maxFinished) return;
    const needed = new Set(open().flatMap(parentsOf));
    for (const entry of [...entries.values()]) {
      if (entry.open === 0 && !needed.has(entry.job.id) && lastEnd(entry.job) < endedBefore) forget(entry);
    }
  };
  return {
    get lastId() {
      return lastId;
    },
    open,
    finished: () => [...entries.values()].flatMap((entry) => (entry.open === 0 ? [entry.job] : [])),
    job: (id) => entries.get(id)?.job,
    find(rawId) {
      const place = places.get(rawId);
      const task = place?.entry.job.tasks[place.position];
      return place === undefined || task === undefined ? undefined : { job: place.entry.job, task };
    },
    add(jobs) {
      for (const job of jobs) {
        if (entries.has(job.id)) continue;
        const entry: Entry = {
          job: { ...job, tasks: [...job.tasks] },
          open: job.tasks.filter((task) => !hasEnded(task)).length,
        };
        entries.set(job.id, entry);
        for (const [position, { rawId }] of job.tasks.entries()) places.set(rawId, { entry, position });
        lastId = Math.max(lastId, job.id);
        openJobs = undefined;
      }
    },
    forgetFinished,
    replace(task) {
      const place = places.get(task.rawId);
      const before = place?.entry.job.tasks[place.position];
      if (place === undefined || before === undefined) return;
      const { entry, position } = place;
      entry.job.tasks[position] = task;
      const wasOpen = entry.open > 0;
      entry.open += (hasEnded(task) ? 0 : 1) - (hasEnded(before) ? 0 : 1);
      if (entry.open > 0 !== wasOpen) openJobs = undefined;
    },
    missingParents: () => [...new Set(open().flatMap(parentsOf))].filter((id) => !entries.has(id)),
  };
}

/** When the last task of a finished job ended (epoch ms). */
export function lastEnd({ tasks }: QueueJob): number {
  return tasks.reduce((latest, { state }) => (state.kind === 'ended' ? Math.max(latest, state.endedAt) : latest), 0);
}

function parentsOf({ spec }: QueueJob): number[] {
  return (spec.dependency?.conditions ?? []).flatMap((condition: Condition) =>
    'parent' in condition ? [condition.parent] : [],
  );
}
