import { closeSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expandLogPattern, type LogPatternContext } from '../../core/slurm/log-pattern.ts';
import { makeDirectory } from '../../shell/disk.ts';
import { nodeName } from './observations.ts';
import type { QueueJob, QueueTask } from './queue.ts';

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
  const open = (path: string, flags: string): number => {
    const descriptor = openSync(path, flags, 0o666);
    opened.push(descriptor);
    return descriptor;
  };
  const umask = process.umask(launch.umask);
  try {
    const paths = logPaths(job, task);
    const flags = launch.append ? 'a' : 'w';
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
