import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../../shell/disk.ts';
import type { QueueTask } from './queue.ts';
import { parseShimStatus, type ShimStatus } from './shim.ts';
import type { Again } from './task-changes.ts';

/** The runner's files of a job: a directory with its script, and for each started task the status that its shim writes. */
export interface JobFiles {
  /** The script, written by the first call for a job in this process. Running tasks may be reading it: it is replaced, not changed. */
  script(jobId: number, content: () => Uint8Array): string;
  statusPath(jobId: number, task: Pick<QueueTask, 'rawId' | 'restarts'>): string;
  /** What the shim has written so far, and when it wrote last (epoch ms). */
  readStatus(path: string): ShimStatus & { readonly at: number; readonly again: Again | undefined };
  removeStatus(path: string): void;
  /** For a job that has ended. */
  removeJob(jobId: number): void;
  /** Removes what a killed runner left behind of jobs that have ended. */
  removeOthers(openJobs: ReadonlySet<number>): void;
}

/** Where a wrapper writes that it wants another attempt: seconds until then, and perhaps a new time limit. */
export function againPath(statusPath: string): string {
  return `${statusPath}.again`;
}

function readAgain(path: string): Again | undefined {
  if (!existsSync(path)) return undefined;
  const [, delay, minutes] = /^(\d{1,9})(?: TimeLimit=(\d{1,9}))?(?: \S*)?\n$/.exec(readFileSync(path, 'utf8')) ?? [];
  if (delay === undefined) return undefined;
  return { delaySeconds: Number(delay), timeLimitSeconds: minutes === undefined ? undefined : Number(minutes) * 60 };
}

export function createJobFiles(stateDir: string): JobFiles {
  const root = join(stateDir, 'jobs');
  const written = new Set<number>();
  const directoryOf = (jobId: number): string => join(root, `${jobId}`);
  const removeJob = (jobId: number): void => {
    written.delete(jobId);
    rmSync(directoryOf(jobId), { recursive: true, force: true });
  };
  return {
    script(jobId, content) {
      const path = join(directoryOf(jobId), 'slurm_script');
      if (written.has(jobId)) return path;
      makeDirectory(directoryOf(jobId), 0o700);
      writeFileSync(`${path}.new`, content(), { mode: 0o700 });
      renameSync(`${path}.new`, path);
      written.add(jobId);
      return path;
    },
    statusPath: (jobId, { rawId, restarts }) => join(directoryOf(jobId), `${rawId}.${restarts}`),
    readStatus(path) {
      const at = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      return at === undefined
        ? { begun: false, exit: undefined, at: Date.now(), again: undefined }
        : { ...parseShimStatus(readFileSync(path, 'utf8')), at: Math.floor(at), again: readAgain(againPath(path)) };
    },
    removeStatus(path) {
      rmSync(path, { force: true });
      rmSync(againPath(path), { force: true });
    },
    removeJob,
    removeOthers(openJobs) {
      makeDirectory(root, 0o700);
      for (const name of readdirSync(root)) if (!openJobs.has(Number(name))) removeJob(Number(name));
    },
  };
}
