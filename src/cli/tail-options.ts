import type { Command } from 'commander';
import type { LogStart } from '../app/log-start.ts';
import type { LogStream, TailRequest } from '../app/tail-logs.ts';
import { parseByteSize } from '../core/byte-size.ts';
import { UsageError } from '../core/errors.ts';
import { parseJobId, parseJobIdList, parseTaskSet, type TaskSet } from '../core/slurm/job-id.ts';
import { findRequeueNotice, formatRequeueNotice } from '../core/slurm/requeue-notice.ts';
import { addJsonOption, addTargetOptions, positiveNumber } from './common-options.ts';
import type { ParsedInput } from './define-command.ts';

type Options = ParsedInput['options'];

export function addTailOptions(command: Command): void {
  const described = addTargetOptions(
    command.argument('<job-ids...>', 'jobs, array tasks (4711_3), sets (4711_[0-3])'),
  ).option('--array <tasks>', 'of a job array: these tasks, such as 0-3,7, or `all`');
  addLogOptions(described);
}

/** What all commands that show logs have. */
export function addLogOptions(command: Command): void {
  const described = command
    .option('-f, --follow', 'go on showing what is appended until the jobs have ended')
    .option('-n, --last <lines>', 'lines from the end (10)')
    .option('--all', 'the whole log')
    .option('--tail-bytes <size>', 'so much from the end, such as 64K')
    .option('--grep <pattern>', 'only lines that match this regular expression; -n counts those')
    .option('--ignore-case', 'with --grep: upper and lower case are the same')
    .option('--stdout', 'standard output (this is the default)')
    .option('--stderr', 'standard error, where it has a file of its own')
    .option('--both', 'both; standard error goes to standard error')
    .option('--raw', "Slurm's notices of a requeue as they are, not as a line of srunx")
    .option('--open', 'open the whole log in your pager ($PAGER, or less)')
    .option('--interval <seconds>', 'how often to look for more (2)')
    .option('--exit-status', "with --follow: exit with the job's code, the highest of several")
    .option('--path', 'print only where the log is');
  addJsonOption(described);
}

/** The end of a log that is wanted byte for byte is. */
export function isRaw({ raw, tailBytes }: Options): boolean {
  return raw === true || tailBytes !== undefined;
}

export interface LogChoice extends Pick<TailRequest, 'streams' | 'start' | 'follow' | 'intervalMs'> {
  readonly isWanted: LineTest | undefined;
}

/** What of the logs is to be shown. Throws a UsageError for what contradicts itself. */
export function logChoiceOf(options: Options): LogChoice {
  requireCompatible(options);
  const isWanted = lineTestOf(options);
  const intervalMs = (positiveNumber(options, 'interval') ?? 2) * 1000;
  const start = startOf(options, isWanted);
  return { isWanted, start, streams: streamsOf(options), follow: options['follow'] === true, intervalMs };
}

/** Throws a UsageError for options that contradict each other. */
function requireCompatible(options: Options): void {
  const exclusive = [
    ['stdout', 'stderr', 'both'],
    ['last', 'all', 'tailBytes', 'open', 'path'],
    ['grep', 'tailBytes', 'open', 'path'],
    ['json', 'open'],
    ['follow', 'path'],
  ];
  for (const names of exclusive) {
    const [first, second] = names.filter((name) => options[name] !== undefined);
    if (first === undefined || second === undefined) continue;
    throw new UsageError(`${spelled(first)} and ${spelled(second)} cannot be used together`, {
      code: 'usage.conflict',
      hint: 'Keep the one you mean.',
    });
  }
  const needed = [
    ['ignoreCase', 'grep'],
    ['exitStatus', 'follow'],
  ] as const;
  for (const [name, other] of needed) {
    if (options[name] === undefined || options[other] !== undefined) continue;
    throw new UsageError(`${spelled(name)} has no effect without ${spelled(other)}`, {
      code: 'usage.conflict',
      hint: `Add ${spelled(other)}, or leave it out.`,
    });
  }
}

function spelled(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function jobIdsOf({ args }: ParsedInput): string[] {
  const ids = (args[0] as string[]).flatMap(parseJobIdList);
  const step = ids.find((id) => parseJobId(id)?.step !== undefined);
  if (step === undefined) return [...new Set(ids)];
  throw new UsageError(`\`${step}\` is a step, which has no log of its own`, {
    code: 'usage.job_id',
    hint: `Name the job: ${step.replace(/\..*$/, '')}.`,
  });
}

export function tasksOf({ array }: Options): 'all' | TaskSet | undefined {
  if (array === undefined || array === 'all') return array;
  const set = parseTaskSet(String(array));
  if (set !== undefined && !set.truncated) return set;
  throw new UsageError(`\`${String(array)}\` names no tasks`, {
    code: 'usage.option_value',
    hint: 'Write `all`, or numbers and ranges: --array 0-3,7.',
  });
}

function streamsOf(options: Options): readonly LogStream[] {
  if (options['both'] === true) return ['stdout', 'stderr'];
  return [options['stderr'] === true ? 'stderr' : 'stdout'];
}

export type LineTest = (line: Uint8Array) => boolean;

/** As the line is shown. */
function lineTestOf(options: Options): LineTest | undefined {
  const { grep, ignoreCase } = options;
  if (grep === undefined) return undefined;
  try {
    const pattern = new RegExp(String(grep), ignoreCase === true ? 'i' : '');
    const decoder = new TextDecoder();
    return (line) => shownAs(decoder.decode(line), isRaw(options)).some((text) => pattern.test(text));
  } catch (error) {
    throw new UsageError(`\`${String(grep)}\` is no regular expression`, {
      code: 'usage.option_value',
      detail: error instanceof Error ? error.message : String(error),
      hint: 'Put a backslash before a character that is meant as it is: --grep "loss\\[0\\]".',
    });
  }
}

function shownAs(line: string, raw: boolean): readonly string[] {
  const found = raw ? undefined : findRequeueNotice(line);
  return found === undefined ? [line] : [line.slice(0, found.index), formatRequeueNotice(found.notice)];
}

/** The last ten lines, unless the user says otherwise. */
function startOf(options: Options, isWanted: LineTest | undefined): LogStart {
  if (options['all'] === true) return { kind: 'beginning' };
  const { tailBytes } = options;
  if (tailBytes !== undefined) return { kind: 'bytes', count: parseByteSize(String(tailBytes), '--tail-bytes') };
  const text = String(options['last'] ?? 10);
  if (/^[1-9]\d{0,8}$/.test(text)) return { kind: 'lines', count: Number(text), isWanted };
  throw new UsageError(`--last must be a whole number greater than zero, not \`${text}\``, {
    code: 'usage.option_value',
    hint: 'Use --all for the whole log.',
  });
}
