import { posix } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { parseSbatchArgs } from '../core/job/sbatch-options.ts';
import { parseDirectives } from '../core/job/script-directives.ts';
import { splitGlob } from '../core/path-glob.ts';
import { parseJobId } from '../core/slurm/job-id.ts';
import { expandLogPattern, type LogPatternContext } from '../core/slurm/log-pattern.ts';
import { expandNodeList } from '../core/slurm/node-list.ts';
import type { DescribedJob } from '../engine/describe-run.ts';
import type { FileRequest } from '../shell/list-files.ts';
import type { HistoryEntry } from './history-entry.ts';

/** Something that a job has left, and where it is to lie below the directory of the copies. */
export interface WantedFile extends FileRequest {
  readonly kind: 'log' | 'receipt' | 'path';
  readonly job: string;
  /** Relative; of a pattern, the directory in which it is looked for. */
  readonly destination: string;
  /** It is no fault where it is missing. */
  readonly isOptional: boolean;
  /** It is not meant where there is something behind this path: its name only looks like a pattern. */
  readonly unless?: string | undefined;
}

/** The logs of a job, as far as their places were recorded. An array's are found by pattern, unless one task was named. */
export function logsOf(
  entry: HistoryEntry,
  { script, task }: { readonly script: string; readonly task: number | undefined },
): WantedFile[] {
  const { job } = entry.plan();
  if (job?.log === undefined || entry.jobId === undefined) return [];
  const { pattern, workDir, isArray } = job.log;
  const error = errorPattern(job, script);
  return [...new Set([pattern, ...(error === undefined ? [] : [error])])].flatMap((text) => {
    const path = posix.resolve(workDir, expand(text, { entry, job, task }));
    if (path.startsWith('/dev/')) return [];
    const facts = { kind: 'log', job: entry.name, isOptional: neverStarted(entry) } as const;
    if (!/%/.test(path)) return [{ ...facts, path, destination: placeOf(path, workDir) }];
    // What is not known is anything; a directory cannot be searched for.
    const directory = posix.dirname(path);
    if (!isArray && task !== undefined) return [];
    if (directory.includes('%')) return [];
    const place = posix.dirname(placeOf(path, workDir));
    return [{ ...facts, path: directory, pattern: toGlob(posix.basename(path)), destination: place }];
  });
}

/** A job that never started has no log, and none is missed. */
function neverStarted({ state, startTime }: HistoryEntry): boolean {
  return state === 'skipped' || (state === 'cancelled' && startTime === undefined);
}

/** Slurm writes both streams into one file unless `--error` names another. */
function errorPattern(job: DescribedJob, script: string): string | undefined {
  const given = [...parseDirectives(script), ...parseSbatchArgs(job.options).options];
  return job.log?.error ?? given.findLast(({ name }) => name === 'error')?.value;
}

interface LogFacts {
  readonly entry: HistoryEntry;
  readonly job: DescribedJob;
  readonly task: number | undefined;
}

/** What depends on the task stays as it is where all tasks are meant. */
function expand(pattern: string, { entry, job, task }: LogFacts): string {
  const { jobId = '', nodeList, restarts } = entry;
  const id = parseJobId(jobId);
  const index = id?.task?.kind === 'index' ? id.task.index : task;
  // A cell of a sweep has a name of its own, which Slurm does not know.
  const name = parseSbatchArgs(job.options).options.findLast((option) => option.name === 'job-name')?.value;
  const host = nodeList === undefined ? undefined : expandNodeList(nodeList)[0];
  const isWholeArray = job.log?.isArray === true && index === undefined;
  const user = job.log?.user;
  const context: LogPatternContext = {
    ...{ jobId, arrayJobId: id?.base ?? jobId, name: name ?? entry.name, restarts },
    ...(user === undefined ? {} : { user }),
    ...(host === undefined || job.log?.isArray === true ? {} : { host }),
    ...(index === undefined ? {} : { taskIndex: index }),
  };
  // The raw id of a task is its own, and is not recorded.
  const unknown = job.log?.isArray === true ? (isWholeArray ? 'abjJ' : 'jJ') : '';
  return pattern
    .split(/(%\d*[A-Za-z%])/)
    .map((part) =>
      unknown !== '' && new RegExp(`^%\\d*[${unknown}]$`).test(part) ? part : expandLogPattern(part, context),
    )
    .join('');
}

function toGlob(name: string): string {
  return name.replace(/[\\*?[\]]/g, (character) => `\\${character}`).replace(/%\d*[A-Za-z]/g, '*');
}

/** As it lies in the working directory; the name alone where it lies elsewhere. */
function placeOf(path: string, workDir: string): string {
  const below = posix.relative(workDir, path);
  return below === '' || below.startsWith('..') ? posix.basename(path) : below;
}

/** What the job's wrapper wrote down about its starts and its end. */
export function receiptOf({ name, directory, token, plan }: HistoryEntry): WantedFile[] {
  if (plan().job?.wrapped !== true) return [];
  const path = `${directory}/receipts/${token}`;
  return [{ kind: 'receipt', job: name, path, destination: 'receipt', isOptional: true }];
}

/** Paths that a person names, in the job's working directory. Wildcards stand for what is there, unless a file is really called so. */
export function pathsOf(entry: HistoryEntry, paths: readonly string[]): WantedFile[] {
  const { job, cwd } = entry.plan();
  const workDir = job?.log?.workDir ?? cwd;
  if (workDir === undefined) return [];
  return paths.flatMap((word) => {
    const path = posix.resolve(workDir, word);
    const destination = posix.relative(workDir, path);
    if (word === '' || word.startsWith('/') || destination.startsWith('..')) throw notBelow(word);
    const facts = { kind: 'path', job: entry.name } as const;
    const glob = splitGlob(destination);
    const plain = { ...facts, path, destination, isOptional: glob !== undefined };
    if (glob === undefined) return [plain];
    const { base, pattern } = glob;
    const fitting = { ...facts, path: posix.join(workDir, base), pattern, destination: base, isOptional: false };
    return [plain, { ...fitting, unless: path }];
  });
}

function notBelow(word: string): UsageError {
  return new UsageError(`\`${word}\` is no path below the working directory of the job`, {
    code: 'usage.path',
    hint: 'Name files and directories relative to it, such as results/model.pt.',
  });
}
