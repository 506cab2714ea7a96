import { type QueueDatabase, query, transact } from './database.ts';
import { type Decision, dormantReasons } from './decide.ts';
import { createDraft, type Draft } from './draft.ts';
import { endSignals, killSignal } from './due-steps.ts';
import type { JobFiles } from './job-files.ts';
import { storedMachine } from './machine.ts';
import { createMirror, type Mirror } from './mirror.ts';
import { noteEnding } from './open-logs.ts';
import { hasEnded, type ProcessRef, type QueueJob, type Resources } from './queue.ts';
import { applyCommands, applyDueSteps, applyEnds, decideAll, nextDue, runningTasks } from './round-steps.ts';
import {
  deleteCommands,
  findJob,
  findNumber,
  finishedParents,
  jobsAfter,
  newestJob,
  openJobs,
  type StoredCommand,
  storedCommands,
  writeMeta,
} from './rows.ts';
import { createStarter, type StartedTask } from './start-tasks.ts';
import { stopOthers } from './stop-others.ts';
import { sendSignal, type TaskEnd, type TaskProcesses } from './task-processes.ts';

export interface SchedulerContext {
  readonly queue: QueueDatabase;
  readonly files: JobFiles;
  readonly processes: TaskProcesses;
  /** Ends that were reported and are not written down yet; the scheduler takes them out. */
  readonly ends: TaskEnd[];
  readonly killWaitMs: number;
  /** Written down with the first round: whoever waits for a runner sees that it has looked at everything. */
  readonly serving: ServingRunner;
}

export interface ServingRunner extends ProcessRef {
  /** How often this process has taken over the queue. */
  readonly turn: number;
}

export interface Round {
  /** Nothing runs, and nothing will start by itself. */
  readonly idle: boolean;
  /** When the next round is due (epoch ms), even if nothing happens. */
  readonly nextAt: number;
}

export interface Scheduler {
  /** Looks at everything that has happened, decides, writes it down, and only then lets it happen. */
  round(): Promise<Round>;
  /** Whether something was written to the queue since the last round. */
  hasNews(): Promise<boolean>;
}

/** Starting many at once would keep the first of them waiting for the last. */
const maxStartsPerRound = 16;
/** Before a start is tried again that failed for lack of something. */
const retryMs = 1_000;

/** Takes over the queue as the runner before left it. */
export async function createScheduler(context: SchedulerContext): Promise<Scheduler> {
  const { queue, killWaitMs } = context;
  const mirror = await query(queue, () => {
    const loaded = createMirror(newestJob(queue.db));
    loaded.add([...finishedParents(queue.db), ...openJobs(queue.db)]);
    return loaded;
  });
  takeOver(context, mirror);
  const starter = createStarter(context);
  let isFirst = true;
  return {
    async round() {
      const { commands, machine } = await readNews(queue, mirror);
      const draft = createDraft(mirror);
      const ends = context.ends.slice();
      applyEnds(draft, mirror, ends);
      stopOthers(draft, mirror);
      applyCommands(
        draft,
        mirror,
        commands.map(({ command }) => command),
      );
      applyDueSteps(draft, mirror, killWaitMs);
      const decision = decideAll(draft, mirror, machine);
      const started: StartedTask[] = [];
      for (const start of decision.start.slice(0, maxStartsPerRound)) started.push(await starter.start(start, machine));
      for (const { task } of started) if (task !== undefined) draft.change(task);
      await save(context, { draft, commands, started, isFirst });
      isFirst = false;
      context.ends.splice(0, ends.length);
      carryOut(context, { mirror, draft, started });
      mirror.forgetFinished(Number.POSITIVE_INFINITY);
      return summarize(mirror, { decision, started, dueAt: nextDue(mirror, killWaitMs) });
    },
    hasNews: () => query(queue, () => newestJob(queue.db) > mirror.lastId || storedCommands(queue.db).length > 0),
  };
}

function takeOver({ files, processes }: SchedulerContext, mirror: Mirror): void {
  files.removeOthers(new Set(mirror.open().map(({ id }) => id)));
  for (const { job, task } of runningTasks(mirror)) {
    if (task.state.kind !== 'running') continue;
    processes.adopt(job, task, task.state);
    // The runner before may have died between writing down that the task is to end and telling it.
    const { ending } = task.state;
    const again = ending === undefined ? [] : ending.killed ? [killSignal(task.rawId)] : endSignals(task.rawId);
    for (const signal of again) sendSignal(task.state, signal);
  }
}

interface News {
  readonly commands: readonly StoredCommand[];
  readonly machine: Resources;
}

function readNews(queue: QueueDatabase, mirror: Mirror): Promise<News> {
  const { db } = queue;
  return query(queue, () => {
    const fresh = jobsAfter(db, mirror.lastId);
    if (fresh.length > 0) {
      mirror.add(fresh);
      mirror.add(mirror.missingParents().flatMap((id) => findJob(db, id) ?? []));
    }
    const commands = storedCommands(db);
    for (const rawId of commands.flatMap(({ command }) => command.tasks)) {
      const found = mirror.find(rawId) === undefined ? findNumber(db, rawId) : undefined;
      if (found !== undefined) mirror.add([findJob(db, found.job) ?? []].flat());
    }
    return { commands, machine: storedMachine(db)?.resources ?? { cpus: 1, memoryMb: 0, gpus: 0 } };
  });
}

interface Written {
  readonly draft: Draft;
  readonly commands: readonly StoredCommand[];
  readonly started: readonly StartedTask[];
  readonly isFirst: boolean;
}

/** All changes of a round in one transaction. If it fails, nothing of the round has happened. */
async function save(
  { queue, serving }: SchedulerContext,
  { draft, commands, started, isFirst }: Written,
): Promise<void> {
  const { db } = queue;
  const last = commands.at(-1)?.seq;
  if (draft.changes().length === 0 && last === undefined && !isFirst) return;
  try {
    await transact(queue, () => {
      draft.save(db);
      if (last !== undefined) deleteCommands(db, last);
      if (isFirst) writeMeta(db, 'runner', JSON.stringify(serving));
    });
  } catch (error) {
    for (const { launch } of started) if (launch.kind === 'ready') launch.abort();
    draft.undo();
    throw error;
  }
}

interface CarriedOut {
  readonly mirror: Mirror;
  readonly draft: Draft;
  readonly started: readonly StartedTask[];
}

function carryOut({ files }: SchedulerContext, { mirror, draft, started }: CarriedOut): void {
  for (const { launch } of started) if (launch.kind === 'ready') launch.go();
  // Before the signals: a script that ends at once would be told of after its end.
  for (const { before, after } of draft.changes()) {
    const job = mirror.find(after.rawId)?.job;
    if (job === undefined || after.state.kind !== 'running' || after.state.ending === undefined) continue;
    if (before.state.kind === 'running' && before.state.ending === undefined)
      noteEnding(job, after, after.state.ending);
  }
  for (const signal of draft.signals) {
    const state = mirror.find(signal.rawId)?.task.state;
    if (state?.kind === 'running') sendSignal(state, signal);
  }
  const touched = new Set<QueueJob>();
  for (const { before, after } of draft.changes()) {
    const job = mirror.find(after.rawId)?.job;
    if (job === undefined) continue;
    touched.add(job);
    if (before.state.kind === 'running' && after.state.kind !== 'running') {
      files.removeStatus(files.statusPath(job.id, before));
    }
  }
  for (const job of touched) if (job.tasks.every(hasEnded)) files.removeJob(job.id);
}

interface Outcome {
  readonly decision: Decision;
  readonly started: readonly StartedTask[];
  readonly dueAt: number;
}

function summarize(mirror: Mirror, { decision, started, dueAt }: Outcome): Round {
  const { start, waiting, wakeAt = Number.POSITIVE_INFINITY } = decision;
  const isBusy = !runningTasks(mirror).next().done;
  const isQueued = [...waiting.values()].some((reason) => !dormantReasons.has(reason));
  // A start lets those go that wait for it with `after`; a failed one may have decided the fate of others.
  const more = start.length > maxStartsPerRound || started.some(({ launch }) => launch.kind !== 'later');
  const again = started.some(({ launch }) => launch.kind === 'later') ? Date.now() + retryMs : Number.POSITIVE_INFINITY;
  return {
    idle: !isBusy && !isQueued && start.length === 0,
    nextAt: more ? Date.now() : Math.min(dueAt, wakeAt, again),
  };
}
