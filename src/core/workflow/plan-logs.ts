import { parseDirectives } from '../job/script-directives.ts';
import { expandLogPattern } from '../slurm/log-pattern.ts';
import type { ReadJob } from './read-jobs.ts';

export const defaultLogDir = 'logs';

export interface PlannedLogs {
  /** Options of sbatch. */
  readonly options: readonly string[];
  /** Must exist before the job starts. Absent where that is the user's affair, or where it has no name yet. */
  readonly directory: string | undefined;
}

/**
 * One log for both streams, which keeps their order. What the user says elsewhere stays: an `--error` in `sbatch_args`, and the
 * script's own directives unless `log_dir` is given.
 */
export function planLogs(
  { name, job }: ReadJob,
  { userScript, isArray }: { readonly userScript: string; readonly isArray: boolean },
): PlannedLogs {
  const directives = job.log_dir === undefined ? parseDirectives(userScript) : [];
  const directive = (option: string) => directives.findLast((given) => given.name === option)?.value;
  const own = directive('output');
  if (own !== undefined) {
    // It is relative to a working directory that may exist on the nodes alone.
    const isElsewhere = directive('chdir') !== undefined && job.work_dir === undefined && !own.startsWith('/');
    return { options: [], directory: isElsewhere ? undefined : knownDirectory(parentOf(own), name) };
  }
  const logDir = (job.log_dir ?? defaultLogDir).replace(/(?<=.)\/+$/, '');
  const log = `${logDir === '' || logDir === '/' ? logDir : `${logDir}/`}${isArray ? '%x_%A_%a' : '%x_%j'}.log`;
  const hasError = directive('error') ?? job.resources.sbatch_args?.find((word) => word.startsWith('--error='));
  return {
    options: [`--output=${log}`, ...(hasError === undefined ? [`--error=${log}`] : [])],
    directory: knownDirectory(logDir, name),
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** As far as its name is known before the job has an id. */
function knownDirectory(pattern: string, name: string): string | undefined {
  if (pattern === '/') return pattern;
  const parts = expandLogPattern(pattern, { jobId: '%j', arrayJobId: '%A', name }).split('/');
  const unknown = parts.findIndex((part) => part.includes('%'));
  const directory = parts.slice(0, unknown < 0 ? parts.length : unknown).join('/');
  return directory === '' || directory === '/dev' || directory.startsWith('/dev/') ? undefined : directory;
}
