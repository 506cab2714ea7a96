import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { parseJobId } from '../../core/slurm/job-id.ts';
import type { JobObservation } from '../../core/slurm/job-observation.ts';
import { matchesJobId } from '../../core/slurm/match-job-id.ts';
import type { AccountingQuery, ObserveQuery, Snapshot } from '../cluster.ts';
import { databasePath, query } from './database.ts';
import { type Decision, decide, dormantReasons } from './decide.ts';
import type { EmbeddedContext } from './embedded-context.ts';
import { storedMachine } from './machine.ts';
import { createMirror, lastEnd, type Mirror } from './mirror.ts';
import { createObserver } from './observations.ts';
import type { QueueJob, Resources } from './queue.ts';
import {
  findJob,
  findNumber,
  finishedParents,
  jobsAfter,
  jobsEndedSince,
  newestJob,
  newestVersion,
  openJobs,
  storedCommands,
  tasksChangedSince,
} from './rows.ts';

/** How long a finished job stays in snapshots; `accounting` knows it for longer. */
export const minJobAgeSeconds = 300;

/** The queue as it is. A reader that lives reads only what has changed since it looked last. */
export interface QueueReader {
  snapshot(scope: ObserveQuery['scope']): Promise<Snapshot>;
}

export function createQueueReader(context: EmbeddedContext): QueueReader {
  const observe = createObserver('controller');
  let known: Known | undefined;
  const look = async (): Promise<Look> => {
    const queue = context.queueForReading();
    const { machine, ...read } = await query(queue, () => {
      known = known === undefined ? readAll(queue.db) : readChanges(queue.db, known);
      return {
        mirror: known.mirror,
        machine: storedMachine(queue.db)?.resources ?? { cpus: 1, memoryMb: 0, gpus: 0 },
        hasCommands: storedCommands(queue.db).length > 0,
      };
    });
    // Not while others may have to wait for the end of the reading.
    return { ...read, decision: decideNow(machine, read.mirror) };
  };
  return {
    async snapshot(scope) {
      const takenAt = Date.now();
      const foreign = typeof scope === 'object' && scope.user !== context.user;
      if (foreign || !existsSync(databasePath(context.stateDir))) return { takenAt, jobs: [] };
      let seen = await look();
      if (!context.queueForReading().isReadOnly && needsRunner(seen) && !context.hasRunner()) {
        // It may have left just now, because all was done. If not, a new one finds out what has happened meanwhile.
        if (needsRunner(await look())) await context.ensureRunner();
        seen = await look();
      }
      const now = Date.now();
      const oldest = now - minJobAgeSeconds * 1000;
      const { mirror, decision } = seen;
      mirror.forgetFinished(oldest);
      const jobs = [...mirror.finished().filter((job) => lastEnd(job) > oldest), ...mirror.open()];
      const { waiting } = decision;
      return { takenAt, jobs: jobs.sort((a, b) => a.id - b.id).flatMap((job) => observe(job, { waiting, now })) };
    },
  };
}

interface Known {
  readonly mirror: Mirror;
  /** The newest change in it. */
  readonly version: number;
}

function readAll(db: DatabaseSync): Known {
  const version = newestVersion(db);
  const mirror = createMirror(newestJob(db));
  mirror.add([...finishedParents(db), ...jobsEndedSince(db, Date.now() - minJobAgeSeconds * 1000), ...openJobs(db)]);
  return { mirror, version };
}

function readChanges(db: DatabaseSync, { mirror, version }: Known): Known {
  const newest = newestVersion(db);
  mirror.add(jobsAfter(db, mirror.lastId));
  for (const { jobId, task } of newest > version ? tasksChangedSince(db, version) : []) {
    // Forgotten here, and requeued since.
    if (mirror.find(task.rawId) === undefined) mirror.add(jobOf(db, jobId));
    else mirror.replace(task);
  }
  mirror.add(mirror.missingParents().flatMap((id) => jobOf(db, id)));
  return { mirror, version: newest };
}

function jobOf(db: DatabaseSync, id: number): readonly QueueJob[] {
  const job = findJob(db, id);
  return job === undefined ? [] : [job];
}

interface Look {
  readonly mirror: Mirror;
  readonly decision: Decision;
  readonly hasCommands: boolean;
}

function decideNow(machine: Resources, mirror: Mirror): Decision {
  return decide({ machine, now: Date.now(), jobs: mirror.open(), parent: (id) => mirror.job(id) });
}

/** Whether anything happens by itself: what is held, or waits in vain, needs nobody. */
function needsRunner({ mirror, decision, hasCommands }: Look): boolean {
  const { start, drop, waiting } = decision;
  if (hasCommands || start.length > 0 || drop.length > 0) return true;
  if ([...waiting.values()].some((reason) => !dormantReasons.has(reason))) return true;
  return mirror.open().some(({ tasks }) => tasks.some(({ state }) => state.kind === 'running'));
}

/** The records of some jobs, however long ago they ended. */
export async function queryRecords(
  context: EmbeddedContext,
  { jobIds }: Pick<AccountingQuery, 'jobIds'>,
): Promise<readonly JobObservation[]> {
  if (!existsSync(databasePath(context.stateDir))) return [];
  const queue = context.queueForReading();
  const { db } = queue;
  const bases = [...new Set(jobIds.flatMap((jobId) => parseJobId(jobId)?.base ?? []))];
  const jobs = await query(queue, () => {
    const ids = new Set(bases.flatMap((base) => findNumber(db, Number(base))?.job ?? []));
    return [...ids].flatMap((id) => jobOf(db, id));
  });
  const observe = createObserver('accounting');
  const rows = jobs.flatMap((job) => observe(job, { waiting: new Map(), now: Date.now() }));
  return rows.filter((row) => jobIds.some((jobId) => matchesJobId(row, jobId)));
}
