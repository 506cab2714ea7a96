import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { JobFiles } from './job-files.ts';
import { openLogs } from './open-logs.ts';
import { findProcess, isAlive, signalScript, signalSession } from './processes.ts';
import type { ProcessRef, QueueJob, QueueTask } from './queue.ts';
import { shimScript, toExitStatus } from './shim.ts';
import type { EndReport, Running } from './task-changes.ts';

/** The end of the processes of one task. */
export interface TaskEnd {
  readonly rawId: number;
  /** Which of its starts this is about. */
  readonly process: ProcessRef;
  readonly report: EndReport;
}

export type Launch =
  | {
      readonly kind: 'ready';
      readonly process: ProcessRef;
      /** Lets the script begin. */
      go(): void;
      /** Lets the shim end without having started the script. */
      abort(): void;
    }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Out of processes, memory, descriptors or disk space: it may work in a moment. */
  | { readonly kind: 'later'; readonly reason: string };

export interface LaunchRequest {
  readonly job: QueueJob;
  readonly task: QueueTask;
  readonly scriptPath: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
}

/** The processes of running tasks: starts them, hears of their ends, and takes over those that an earlier runner started. */
export interface TaskProcesses extends Disposable {
  launch(request: LaunchRequest): Promise<Launch>;
  adopt(job: QueueJob, task: QueueTask, state: Running): void;
}

/** How often a process that is no child of ours is looked at. */
const adoptedPollMs = 100;

export function createTaskProcesses(files: JobFiles, onEnd: (end: TaskEnd) => void): TaskProcesses {
  const adopted = new Map<number, Adopted>();
  let timer: NodeJS.Timeout | undefined;
  const poll = (): void => {
    for (const [rawId, entry] of adopted) {
      const report = lookAt(files, entry);
      if (report === undefined) continue;
      adopted.delete(rawId);
      onEnd({ rawId, process: entry.process, report });
    }
    if (adopted.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
  return {
    launch: (request) => launchTask(files, request, onEnd),
    adopt(job, task, { process }) {
      adopted.set(task.rawId, { process, statusPath: files.statusPath(job.id, task) });
      timer ??= setInterval(poll, adoptedPollMs);
      // What ended while there was no runner is known at once.
      poll();
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

interface Adopted {
  readonly process: ProcessRef;
  readonly statusPath: string;
}

function lookAt(files: JobFiles, { process, statusPath }: Adopted): EndReport | undefined {
  const alive = isAlive(process);
  // Read after the look at the process: what it wrote before its end is there.
  const { exit, begun, at, again } = files.readStatus(statusPath);
  if (exit !== undefined) return { kind: 'exited', exit, at, again };
  if (alive) return undefined;
  if (!begun) return { kind: 'unstarted' };
  // The shim was killed alone: what it started must not go on without anybody who knows of it.
  signalSession(process, 'KILL');
  return { kind: 'vanished', at: Date.now() };
}

async function launchTask(files: JobFiles, request: LaunchRequest, onEnd: (end: TaskEnd) => void): Promise<Launch> {
  const { job, task } = request;
  const statusPath = files.statusPath(job.id, task);
  let child: ChildProcess;
  try {
    child = spawnShim(request, statusPath);
  } catch (error) {
    return launchFailure(error);
  }
  if (child.pid === undefined) return launchFailure((await once(child, 'error'))[0]);
  // One that has ended already is reported like every other.
  const process = findProcess(child.pid) ?? { pid: child.pid, start: 'ended' };
  // The runner may leave before it.
  child.unref();
  child.once('exit', (code, signal) => {
    onEnd({ rawId: task.rawId, process, report: reportOf(files, { statusPath, process, code, signal }) });
  });
  const word = child.stdio[3] as Writable;
  // The shim was killed before it could read.
  word.on('error', () => undefined);
  return { kind: 'ready', process, go: () => word.end('go\n'), abort: () => word.destroy() };
}

function spawnShim({ job, task, scriptPath, args, env }: LaunchRequest, statusPath: string): ChildProcess {
  const { workDir, umask } = job.spec.launch;
  if (statSync(workDir, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new Error(`the working directory ${workDir} does not exist`);
  }
  using logs = openLogs(job, task);
  return spawn('/bin/sh', ['-c', shimScript, 'srunx-job', statusPath, umask.toString(8), scriptPath, ...args], {
    // A session of its own: the job outlives this process.
    detached: true,
    cwd: workDir,
    env,
    stdio: [logs.input, logs.output, logs.error, 'pipe'],
  });
}

const passing: ReadonlySet<string> = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ENOSPC', 'EDQUOT']);

export function launchFailure(error: unknown): Launch {
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: passing.has(`${(error as NodeJS.ErrnoException).code}`) ? 'later' : 'failed', reason };
}

interface ShimEnd {
  readonly statusPath: string;
  readonly process: ProcessRef;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function reportOf(files: JobFiles, { statusPath, process, code, signal }: ShimEnd): EndReport {
  const at = Date.now();
  const { begun, exit, again } = files.readStatus(statusPath);
  if (exit !== undefined) return { kind: 'exited', exit, at, again };
  if (!begun) {
    if (code === 0 || signal !== null) return { kind: 'unstarted' };
    return { kind: 'failed', at, reason: `the status file ${statusPath} cannot be written` };
  }
  // The disk was too full to write the exit code down.
  if (code !== null) return { kind: 'exited', exit: toExitStatus(code, { said: false }), at };
  signalSession(process, 'KILL');
  return { kind: 'vanished', at };
}

export function sendSignal(
  state: Running,
  { name, batchOnly }: { readonly name: string; readonly batchOnly: boolean },
): void {
  if (batchOnly) signalScript(state.process, name);
  else signalSession(state.process, name);
}
