import { posix } from 'node:path';
import { ConfigError, RefusedError } from '../core/errors.ts';
import { isWithin } from '../core/remote/remote-path.ts';
import type { SentCode } from '../core/sync/sent-code.ts';
import type { PlannedJob } from '../core/workflow/plan.ts';
import type { AppContext, TargetName } from './app-context.ts';

/** What has to be there before a job starts. */
export interface DirectoriesOfJobs {
  /** Working directories: never made, because a missing one is a slip of the pen. */
  readonly required: readonly WorkDirectory[];
  /** Directories of logs, made where they are missing. */
  readonly made: readonly LogDirectory[];
}

export interface WorkDirectory {
  readonly path: string;
  /** The job that is to work there. */
  readonly job: string;
}

export interface LogDirectory {
  readonly path: string;
  /** Made only where this is a directory; elsewhere it may be one of the nodes' own. Default: always. */
  readonly below?: string | undefined;
}

/** Where jobs are to work, and where their logs are to lie. */
export function directoriesOf(
  jobs: readonly Pick<PlannedJob, 'name' | 'workDir' | 'logDir'>[],
  cwd: string,
): DirectoriesOfJobs {
  const workDirs = jobs.flatMap(({ name, workDir }) =>
    workDir === undefined ? [] : [{ path: posix.resolve(cwd, workDir), job: name }],
  );
  const logDirs = jobs.flatMap(({ workDir, logDir }) =>
    logDir === undefined ? [] : [posix.resolve(cwd, workDir ?? '.', logDir)],
  );
  return {
    required: [...new Map(workDirs.map((entry) => [entry.path, entry])).values()],
    made: [...new Set(logDirs)].map((path) => ({ path })),
  };
}

/** The same where the submission itself is in a mount: without it there, no job is submitted. */
export function directoriesOfRun(
  jobs: Parameters<typeof directoriesOf>[0],
  { cwd, sent }: { readonly cwd: string; readonly sent: readonly SentCode[] },
): DirectoriesOfJobs {
  const { required, made } = directoriesOf(jobs, cwd);
  const [first] = jobs;
  if (first === undefined || !sent.some(({ root }) => isWithin(cwd, root))) return { required, made };
  return { required: [{ path: cwd, job: first.name }, ...required], made };
}

/**
 * Makes the directories of the logs, before anything is recorded or sent: Slurm fails a job at once, and without a word in
 * any log, where it cannot open one. Throws where a directory is missing, or cannot be made or written.
 */
export async function prepareDirectories(
  context: Pick<AppContext, 'shell' | 'signal'>,
  { target, required, made }: DirectoriesOfJobs & { readonly target: TargetName },
): Promise<void> {
  const words = [
    ...required.map(({ path }) => ['need', path, '']),
    ...made.map(({ path, below = '' }) => ['make', path, below]),
  ];
  for (let start = 0; start < words.length; start += chunkSize) {
    const chunk = words.slice(start, start + chunkSize).flat();
    const argv = ['sh', '-c', script, 'sh', ...chunk] as const;
    const { signal } = context;
    const result = await context.shell(target).run({ argv: [...argv], env: { LC_ALL: 'C' }, together: true, signal });
    if (result.exitCode === 0) continue;
    const decoder = new TextDecoder();
    const path = decoder.decode(result.stdout);
    if (result.exitCode === missing) {
      const job = required.find((directory) => directory.path === path)?.job;
      throw new ConfigError(`job \`${job}\`: there is no directory ${path} to work in; nothing was submitted`, {
        code: 'work_dir.missing',
        hint: 'Make the directory, or name another one.',
      });
    }
    throw new RefusedError(`the log directory ${path} cannot be written; nothing was submitted`, {
      code: 'log.directory_unwritable',
      detail: decoder
        .decode(result.stderr)
        .replace(/^mkdir: /, '')
        .trim(),
      hint: 'Name another directory for the logs, or make this one writable.',
    });
  }
}

/** So many entries fit into every command line. */
const chunkSize = 100;

const missing = 3;

/** Stops at the first directory at fault: its name goes to standard output, what is wrong to standard error. */
const script = `while [ $# -gt 2 ]; do
  kind=$1 path=$2 below=$3
  shift 3
  if [ "$kind" = need ]; then
    [ -d "$path" ] && continue
    printf %s "$path"
    exit ${missing}
  fi
  [ -z "$below" ] || [ -d "$below" ] || continue
  mkdir -p -- "$path" && [ -d "$path" ] && [ -w "$path" ] && [ -x "$path" ] && continue
  [ ! -d "$path" ] || printf '%s: no permission to write\\n' "$path" >&2
  printf %s "$path"
  exit 1
done`;
