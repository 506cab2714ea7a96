import type { ReadJob } from './read-jobs.ts';

/** Where on the cluster is what a workflow names of the machine that it is submitted from. */
export interface JobPlaces {
  /** Of a directory that a job is to work in: its code has to be there. */
  readonly directory: (path: string) => string;
  /** Of anything else that is named by its full path. */
  readonly path: (path: string) => string;
  /** Of the user's own script; `undefined` where it is not there. */
  readonly script: (path: string) => string | undefined;
}

/** The job with the full paths of the cluster. What is relative stays relative to its working directory. */
export function placeJob(read: ReadJob, places: JobPlaces | undefined): ReadJob {
  if (places === undefined) return read;
  const { job } = read;
  const full = (path: string) => (path.startsWith('/') ? places.path(path) : path);
  const { work_dir: workDir, log_dir: logDir, inputs, outputs } = job;
  return {
    ...read,
    job: {
      ...job,
      ...(workDir?.startsWith('/') ? { work_dir: places.directory(workDir) } : {}),
      ...(logDir === undefined ? {} : { log_dir: full(logDir) }),
      ...(inputs === undefined ? {} : { inputs: inputs.map(full) }),
      ...(outputs === undefined ? {} : { outputs: outputs.map(full) }),
    },
  };
}
