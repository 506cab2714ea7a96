import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expandLogPattern, type LogPatternContext } from '../../core/slurm/log-pattern.ts';
import { makeDirectory } from '../../shell/disk.ts';
import { nodeName } from './observations.ts';
import { type Ending, type QueueJob, type QueueTask, taskId } from './queue.ts';

/** Descriptors for the script's standard streams; to be closed once it has them. */
export interface OpenLogs extends Disposable {
  readonly input: number | 'ignore';
  readonly output: number;
  readonly error: number;
}

/** Opens a task's log files with the umask of its submission, making missing directories. Throws what the system says. */
export function openLogs(job: QueueJob, task: QueueTask): OpenLogs {
  const { launch } = job.spec;
  const opened: number[] = [];
  const close = (): void => {
    for (const descriptor of opened) closeSync(descriptor);
  };
  const open = (path: string, flags: string | number): number => {
    const descriptor = openSync(path, flags, 0o666);
    opened.push(descriptor);
    return descriptor;
  };
  const umask = process.umask(launch.umask);
  try {
    const paths = logPaths(job, task);
    // Always appending: what we add ourselves must not be written over.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (launch.append ? 0 : constants.O_TRUNC);
    makeDirectory(dirname(paths.output));
    const output = open(paths.output, flags);
    // One file for both streams needs one descriptor, or they overwrite each other.
    const same = paths.error === undefined || paths.error === paths.output;
    if (!same) makeDirectory(dirname(paths.error));
    const error = same ? output : open(paths.error, flags);
    return {
      input: paths.input === undefined ? 'ignore' : open(paths.input, 'r'),
      output,
      error,
      [Symbol.dispose]: close,
    };
  } catch (error) {
    close();
    throw error;
  } finally {
    process.umask(umask);
  }
}

const words = {
  timeout: ' DUE TO TIME LIMIT',
  requeue: ' DUE TO JOB REQUEUE',
  cancel: '',
} as const;

/**
 * Says in the log that the task is being ended, as Slurm does. For people only: a log that is gone, or a full disk, must not
 * keep the task from ending.
 */
export function noteEnding(job: QueueJob, task: QueueTask, { cause, since }: Ending): void {
  const { output, error } = logPaths(job, task);
  const at = new Date(since).toISOString().replace(/\.\d+/, '');
  const text = `srunx: error: *** JOB ${taskId(job, task)} ON ${nodeName()} CANCELLED AT ${at}${words[cause]} ***\n`;
  try {
    const descriptor = openSync(error ?? output, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
    try {
      writeSync(descriptor, text);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // See above.
  }
}

interface LogPaths {
  readonly output: string;
  readonly error: string | undefined;
  readonly input: string | undefined;
}

function logPaths(job: QueueJob, task: QueueTask): LogPaths {
  const { spec } = job;
  const { workDir, output, error, input } = spec.launch;
  const context: LogPatternContext = {
    jobId: `${task.rawId}`,
    arrayJobId: `${job.id}`,
    ...(task.index === undefined ? {} : { taskIndex: task.index }),
    user: spec.user,
    name: spec.name,
    host: nodeName(),
    restarts: task.restarts,
  };
  const expand = (pattern: string): string => resolve(workDir, expandLogPattern(pattern, context));
  return {
    output: expand(output),
    error: error === undefined ? undefined : expand(error),
    input: input === undefined ? undefined : expand(input),
  };
}
