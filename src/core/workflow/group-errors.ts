import { findRequeueNotice } from '../slurm/requeue-notice.ts';

/** The end of one log, as far as it was read. */
export interface LogEnd {
  /** The job, or the task of an array, as it is called in the run. */
  readonly job: string;
  readonly lines: readonly string[];
}

/** Jobs that are alike, before anybody has looked at what they say. */
export interface FailedJobs {
  /** What the cluster says of all of them; equal texts are the same. */
  readonly how: string;
  readonly jobs: readonly string[];
  /** Of some of them, or of all. */
  readonly ends: readonly LogEnd[];
}

export interface ErrorGroup {
  readonly how: string;
  readonly jobs: readonly string[];
  /** The last lines on which all logs that were read agree. */
  readonly lines: readonly string[];
  readonly logsRead: number;
}

/** More is for `flow logs`. */
const mostLines = 5;

/**
 * One group for each message: the last line of a log, but for numbers, paths, times and ids. Where the logs that were read of
 * some jobs agree, the others are taken to say the same; where they do not, those that were not read stay without a message.
 */
export function groupErrors(sets: readonly FailedJobs[]): readonly ErrorGroup[] {
  const parts = sets.flatMap(partsOf);
  const groups = Map.groupBy(parts, ({ how, message }) => JSON.stringify([how, message]));
  return [...groups.values()].map((group) => ({
    how: group[0]?.how ?? '',
    jobs: group.flatMap(({ jobs }) => jobs),
    lines: commonLines(group.flatMap(({ ends }) => ends)),
    logsRead: group.reduce((sum, { ends }) => sum + ends.length, 0),
  }));
}

interface Part extends FailedJobs {
  readonly message: string;
}

function partsOf({ how, jobs, ends }: FailedJobs): readonly Part[] {
  const telling = ends.map(({ job, lines }) => ({ job, lines: lines.map(cleaned).filter(isTelling) }));
  const byMessage = Map.groupBy(telling, ({ lines }) => normalizeMessage(lines.at(-1) ?? ''));
  const [only] = byMessage;
  if (byMessage.size <= 1) return [{ how, jobs, ends: only?.[1] ?? [], message: only?.[0] ?? '' }];
  const read = new Set(telling.map(({ job }) => job));
  // Of an array, its tasks were read.
  const left = jobs.filter((job) => !read.has(job) && ![...read].some((task) => task.startsWith(`${job}_`)));
  const parts = [...byMessage].map(([message, some]) => ({
    how,
    jobs: some.map(({ job }) => job),
    ends: some,
    message,
  }));
  return left.length === 0 ? parts : [...parts, { how, jobs: left, ends: [], message: '' }];
}

function commonLines(group: readonly LogEnd[]): readonly string[] {
  const [first, ...others] = group;
  const lines = first?.lines ?? [];
  const agrees = (back: number) => {
    const wanted = normalizeMessage(lines.at(-back) ?? '');
    return others.every(
      (other) => other.lines.length >= back && normalizeMessage(other.lines.at(-back) ?? '') === wanted,
    );
  };
  let count = 0;
  while (count < Math.min(mostLines, lines.length) && agrees(count + 1)) count += 1;
  return lines.slice(lines.length - count);
}

/** Equal for messages that say the same of different things. */
export function normalizeMessage(text: string): string {
  return text
    .replace(/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g, '<time>')
    .replace(/\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b/g, '<time>')
    .replace(/[^\s'"`:,;()<>=[\]]*\/[^\s'"`:,;()<>[\]]*/g, '<path>')
    .replace(/\b0x[0-9a-f]+\b|\b(?=[a-f]*\d)[0-9a-f]{7,}(?:-[0-9a-f]{4,})*\b/gi, '#')
    .replace(/[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?/gi, '#');
}

/** What a progress bar left last, without colours. */
function cleaned(line: string): string {
  const text = line.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').trimEnd();
  return text.slice(text.lastIndexOf('\r') + 1);
}

/** Lines that stand at the end of every log of a job that has failed, whatever the reason. */
const noise = [
  /^\s*$/,
  /^srun: error: .*: tasks? .*: Exited with exit code \d+$/,
  /^srun: (?:Terminating|Force Terminated|Job step aborted|launch\/slurm)/,
  /^srun: error: .*: tasks? .*: (?:Terminated|Killed)$/,
  /^srunx: attempt \d+ (?:begins|ended with|was lost)/,
  /^(?:slurmstepd\S*|srunx): error: \*{3} (?:JOB|STEP) .* \*{3}$/,
];

function isTelling(line: string): boolean {
  return !noise.some((pattern) => pattern.test(line)) && findRequeueNotice(line) === undefined;
}
