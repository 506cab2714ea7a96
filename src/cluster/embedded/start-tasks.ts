import { againVariable } from '../../core/job/retry-shell.ts';
import { type QueueDatabase, query } from './database.ts';
import type { Start } from './decide.ts';
import { jobEnvironment } from './job-environment.ts';
import { againPath, type JobFiles } from './job-files.ts';
import { nodeName } from './observations.ts';
import type { QueueTask, Resources } from './queue.ts';
import { readEnvironment, readPayload } from './rows.ts';
import { notLaunched } from './task-changes.ts';
import { type Launch, launchFailure, type TaskProcesses } from './task-processes.ts';

/** What became of a task that was to start. Nothing of it runs before `go`. */
export interface StartedTask {
  /** `undefined`: it stays as it is, to be tried again. */
  readonly task: QueueTask | undefined;
  readonly launch: Launch;
}

export interface Starter {
  start(start: Start, machine: Resources): Promise<StartedTask>;
}

/** Kept in memory: most jobs share one. */
const maxEnvironments = 16;

export function createStarter(context: {
  readonly queue: QueueDatabase;
  readonly files: JobFiles;
  readonly processes: TaskProcesses;
}): Starter {
  const { queue, files, processes } = context;
  const environments = new Map<string, Readonly<Record<string, string>>>();
  const read = (jobId: number) =>
    query(queue, () => {
      const payload = readPayload(queue.db, jobId);
      const hash = payload?.environment ?? '';
      const base = environments.get(hash) ?? readEnvironment(queue.db, hash);
      if (environments.size >= maxEnvironments) environments.clear();
      environments.set(hash, base);
      return { payload, base };
    });
  const launch = async ({ job, task, gpus }: Start, machine: Resources): Promise<Launch> => {
    try {
      const { payload, base } = await read(job.id);
      if (payload === undefined) return { kind: 'failed', reason: 'the queue has lost its script' };
      const scriptPath = files.script(job.id, () => payload.script);
      const { args, variables: own } = payload;
      const uid = process.getuid?.() ?? 0;
      const context = { job, task, gpus, host: nodeName(), uid, machineCpus: machine.cpus, base, own };
      const env = { ...jobEnvironment(context), [againVariable]: againPath(files.statusPath(job.id, task)) };
      return await processes.launch({ job, task, scriptPath, args, env });
    } catch (error) {
      return launchFailure(error);
    }
  };
  return {
    async start(start, machine) {
      const launched = await launch(start, machine);
      return { launch: launched, task: taskAfter(start, launched) };
    },
  };
}

function limitOf({ state }: QueueTask): { readonly timeLimitSeconds?: number } {
  const limit = state.kind === 'pending' ? state.timeLimitSeconds : undefined;
  return limit === undefined ? {} : { timeLimitSeconds: limit };
}

function taskAfter({ task, gpus }: Start, launch: Launch): QueueTask | undefined {
  const now = Date.now();
  switch (launch.kind) {
    case 'ready':
      return {
        ...task,
        state: { kind: 'running', process: launch.process, startedAt: now, gpus, warned: false, ...limitOf(task) },
      };
    case 'failed':
      return notLaunched(task, { reason: launch.reason, at: now });
    case 'later':
      return undefined;
  }
}
