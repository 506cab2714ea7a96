import { statSync, truncateSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { currentVersion, databasePath, isStorageTrouble, openQueue, type QueueDatabase, query } from './database.ts';
import { logPath, type RunnerOptions, wakePath } from './ensure-runner.ts';
import { createJobFiles } from './job-files.ts';
import { findProcess } from './processes.ts';
import { pruneQueue } from './prune-queue.ts';
import { openRunnerLock, type RunnerLock } from './runner-lock.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { schemaVersion } from './schema.ts';
import { createTaskProcesses, type TaskEnd } from './task-processes.ts';
import { createWakeups, type Wakeups } from './wakeups.ts';

const defaultLingerMs = 2_000;
/** As long as Slurm's default `KillWait`. */
const defaultKillWaitMs = 30_000;
/** After a failure that may pass, such as a full disk. */
const retryMs = 1_000;
const maxLogBytes = 1024 * 1024;

export interface RunnerStart {
  readonly stateDir: string;
  readonly options: RunnerOptions;
  readonly log: (line: string) => void;
}

/**
 * The runner: starts and ends the jobs in the queue of one state directory, and leaves when nothing is left to do. It may
 * be killed at any moment: the next one takes over from the database, and the jobs do not notice.
 */
export async function runEmbeddedRunner(start: RunnerStart): Promise<void> {
  const { stateDir } = start;
  using queue = openQueue(stateDir);
  using wakeups = createWakeups(wakePath(stateDir));
  for (let turn = 1; ; turn += 1) {
    let scheduler: Scheduler;
    {
      using lock = openRunnerLock(stateDir);
      if (!(await takeLock(lock))) return;
      if (turn === 1) shortenLog(stateDir);
      const served = await serve(start, { queue, wakeups, turn });
      if (served === undefined) return;
      scheduler = served;
    }
    // Whoever wrote to the queue while the lock was held relied on us; from now on they start a runner themselves.
    if (!(await scheduler.hasNews())) return;
  }
}

/** Clients look whether the lock is held, and hold it themselves for a moment by that. */
async function takeLock(lock: RunnerLock): Promise<boolean> {
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    if (lock.take()) return true;
    await delay(5);
  }
  return false;
}

interface Turn {
  readonly queue: QueueDatabase;
  readonly wakeups: Wakeups;
  readonly turn: number;
}

/** Works until nothing is left to do for a while; `undefined`: it is not to go on at all. */
async function serve(
  { stateDir, options, log }: RunnerStart,
  { queue, wakeups, turn }: Turn,
): Promise<Scheduler | undefined> {
  const files = createJobFiles(stateDir);
  const ends: TaskEnd[] = [];
  using processes = createTaskProcesses(files, (end) => {
    ends.push(end);
    wakeups.trigger();
  });
  const { killWaitMs = defaultKillWaitMs, lingerMs = defaultLingerMs } = options;
  const serving = { ...(findProcess(process.pid) ?? { pid: process.pid, start: '' }), turn };
  const scheduler = await createScheduler({ queue, files, processes, ends, killWaitMs, serving });
  const isGone = watchForLoss(stateDir, queue);
  let idleSince: number | undefined;
  for (;;) {
    if (await isGone()) return undefined;
    const round = await scheduler.round().catch((error: unknown) => passing(error, log));
    if (round === undefined) {
      await delay(retryMs);
      continue;
    }
    idleSince = round.idle ? (idleSince ?? performance.now()) : undefined;
    const lingered = idleSince === undefined ? 0 : performance.now() - idleSince;
    if (idleSince !== undefined && lingered >= lingerMs) {
      await pruneQueue(queue, { now: Date.now() }).catch((error: unknown) => passing(error, log));
      return scheduler;
    }
    await wakeups.wait(round.idle ? lingerMs - lingered : round.nextAt - Date.now());
  }
}

/** A full disk or a lock that others hold too long: what has happened is written down as soon as it can be. */
function passing(error: unknown, log: (line: string) => void): undefined {
  if (!isStorageTrouble(error)) throw error;
  log(`${error instanceof Error ? error.message : String(error)}; trying again`);
}

/** Whether the queue was removed or replaced, or upgraded by a newer srunx: then it is not ours any more. */
function watchForLoss(stateDir: string, queue: QueueDatabase): () => Promise<boolean> {
  const inode = (): number | undefined => statSync(databasePath(stateDir), { throwIfNoEntry: false })?.ino;
  const original = inode();
  return async () => inode() !== original || (await query(queue, () => currentVersion(queue.db))) !== schemaVersion;
}

function shortenLog(stateDir: string): void {
  const path = logPath(stateDir);
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) truncateSync(path);
}
