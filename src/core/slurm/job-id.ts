import { UsageError } from '../errors.ts';

/** Part of a task set: `4`, `3-5`, `1-51:2`. */
export interface TaskRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

export interface TaskSet {
  readonly ranges: readonly TaskRange[];
  /** After `%`: how many may run at once. */
  readonly limit?: number;
  /** Slurm cut the text off: there are more tasks than the ranges say. */
  readonly truncated: boolean;
}

export type TaskPart =
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'set'; readonly set: TaskSet };

/** `base ( "_" ( task | "[" set "]" ) | "+" offset )? ( "." step )?`, all numbers plain ASCII digits. */
export interface ParsedJobId {
  readonly base: string;
  readonly task?: TaskPart;
  readonly hetOffset?: number;
  /** `batch`, `extern`, `interactive`, or a number. */
  readonly step?: string;
}

const grammar =
  /^([1-9]\d{0,9})(?:_(?:(0|[1-9]\d{0,9})|\[([^\]]*)(\]?))|\+(0|[1-9]\d{0,4}))?(?:\.(batch|extern|interactive|\d{1,10}))?$/;

/** Reads a job id as Slurm prints it; `undefined` for everything else. Never lenient: `1_2_3`, ` 12`, `１２` are no ids. */
export function parseJobId(text: string): ParsedJobId | undefined {
  const match = grammar.exec(text);
  if (match === null) return undefined;
  const [, base = '', index, set, closing, offset, step] = match;
  const parsed = set === undefined ? undefined : parseTaskSet(set, { truncated: closing === '' });
  if (set !== undefined && parsed === undefined) return undefined;
  return {
    base,
    ...(index === undefined ? {} : { task: { kind: 'index', index: Number(index) } }),
    ...(parsed === undefined ? {} : { task: { kind: 'set', set: parsed } }),
    ...(offset === undefined ? {} : { hetOffset: Number(offset) }),
    ...(step === undefined ? {} : { step }),
  };
}

/** What nearly all ids look like: deciding that they are ids must be cheap. */
const jobOrTask = /^[1-9]\d{0,9}(?:_(?:0|[1-9]\d{0,9}))?$/;

export function isJobId(text: string): boolean {
  return jobOrTask.test(text) || parseJobId(text) !== undefined;
}

/** The array or heterogeneous job that a job is part of. */
export interface Membership {
  readonly arrayJobId: string | undefined;
  readonly arrayTask: string | undefined;
  readonly hetJobId: string | undefined;
  readonly hetOffset: number | undefined;
}

const alone: Membership = { arrayJobId: undefined, arrayTask: undefined, hetJobId: undefined, hetOffset: undefined };

/** What a job id without a step says of the whole that the job is part of. Cheap, because every row of a snapshot has one. */
export function membershipOf(jobId: string): Membership {
  const underscore = jobId.indexOf('_');
  if (underscore > 0) {
    const task = jobId.slice(underscore + 1);
    return { ...alone, arrayJobId: jobId.slice(0, underscore), arrayTask: task.replace(/^\[|\]$/g, '') };
  }
  const plus = jobId.indexOf('+');
  return plus > 0 ? { ...alone, hetJobId: jobId.slice(0, plus), hetOffset: Number(jobId.slice(plus + 1)) } : alone;
}

/**
 * The text between the brackets: `1-5,9%2`. Slurm cuts long ones (31 characters in squeue's id column, without the
 * bracket; 64 elsewhere, ending in `...`) unless SLURM_BITSTR_LEN=0, perhaps in the middle of a number: the last part of
 * a truncated set is left out.
 */
export function parseTaskSet(
  text: string,
  { truncated = false }: { readonly truncated?: boolean } = {},
): TaskSet | undefined {
  const match = /^(.*?)(?:%(\d{1,10}))?$/s.exec(text);
  const cut = truncated || (match?.[1] ?? '').endsWith('...');
  const parts = (match?.[1] ?? '').replace(/\.\.\.$/, '').split(',');
  if (cut && !/^[\d:%-]*$/.test(parts.pop() ?? '')) return undefined;
  const ranges = parts.map(parseRange);
  if (ranges.some((range) => range === undefined) || (ranges.length === 0 && !cut)) return undefined;
  const limit = match?.[2];
  return {
    ranges: ranges as TaskRange[],
    truncated: cut,
    ...(limit === undefined || limit === '0' ? {} : { limit: Number(limit) }),
  };
}

function parseRange(text: string): TaskRange | undefined {
  const match = /^(\d{1,10})(?:-(\d{1,10})(?::(\d{1,10}))?)?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  const step = Number(match[3] ?? 1);
  return last < first || step < 1 ? undefined : { first, last, step };
}

/** The text that {@link parseJobId} reads back as the same id. */
export function formatJobId(id: ParsedJobId): string {
  const task =
    id.task === undefined ? '' : id.task.kind === 'index' ? `_${id.task.index}` : `_[${formatTaskSet(id.task.set)}]`;
  const offset = id.hetOffset === undefined ? '' : `+${id.hetOffset}`;
  return `${id.base}${task}${offset}${id.step === undefined ? '' : `.${id.step}`}`;
}

/** The text between the brackets; also what `sbatch --array` takes. A truncated set ends in `...`. */
export function formatTaskSet(set: TaskSet): string {
  const ranges = set.ranges.map(({ first, last, step }) =>
    first === last ? `${first}` : `${first}-${last}${step === 1 ? '' : `:${step}`}`,
  );
  if (set.truncated) ranges.push('...');
  return `${ranges.join(',')}${set.limit === undefined ? '' : `%${set.limit}`}`;
}

/** How many tasks the ranges name; more exist if the set is truncated. Costs nothing for large sets. */
export function countTasks(set: TaskSet): number {
  return set.ranges.reduce((sum, { first, last, step }) => sum + Math.floor((last - first) / step) + 1, 0);
}

/** How many jobs an id stands for: the unstarted tasks of an array are many, everything else is one. */
export function countTasksOf(jobId: string): number {
  const task = parseJobId(jobId)?.task;
  return task?.kind === 'set' ? Math.max(1, countTasks(task.set)) : 1;
}

/** Whether the ranges name this task. Costs nothing for large sets. */
export function hasTask(set: TaskSet, index: number): boolean {
  return set.ranges.some(({ first, last, step }) => index >= first && index <= last && (index - first) % step === 0);
}

/** Largest `MaxArraySize` that Slurm allows: no set may name more. */
const maxTasks = 4_000_001;

/** The indices in the order written. Throws a RangeError rather than filling the memory (`0-99999999`). */
export function expandTaskSet(set: TaskSet): number[] {
  if (countTasks(set) > maxTasks)
    throw new RangeError(`a task set of ${countTasks(set)} tasks is larger than any array`);
  return set.ranges.flatMap(({ first, last, step }) =>
    Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, position) => first + position * step),
  );
}

/** The fewest ranges that name these indices. */
export function rangesOf(indices: readonly number[]): TaskRange[] {
  const ranges: { first: number; last: number; step: number }[] = [];
  for (const index of [...indices].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range !== undefined && index <= range.last + 1) range.last = index;
    else ranges.push({ first: index, last: index, step: 1 });
  }
  return ranges;
}

/**
 * Job ids as people type them, `1,2_3,4_[1-3],7-9`: separated by commas, ranges of plain ids allowed. Anything that is
 * not an id is refused (a UsageError that names it) before Slurm hears of it: `scancel 12_3x` must not become `scancel 12`.
 */
export function parseJobIdList(text: string): string[] {
  // Commas inside brackets belong to a task set.
  const parts = text.split(/,(?![^[]*\])/).map((part) => part.trim());
  const ids = parts.flatMap((part) => {
    const range = /^([1-9]\d{0,9})-([1-9]\d{0,9})$/.exec(part);
    if (range !== null) return idsBetween(part, Number(range[1]), Number(range[2]));
    const id = parseJobId(part);
    if (id === undefined || (id.task?.kind === 'set' && id.task.set.truncated)) throw badJobId(part);
    return [part];
  });
  return [...new Set(ids)];
}

function idsBetween(part: string, first: number, last: number): string[] {
  if (last < first || last - first >= 10_000) throw badJobId(part);
  return Array.from({ length: last - first + 1 }, (_, position) => `${first + position}`);
}

function badJobId(part: string): UsageError {
  return new UsageError(`\`${part}\` is not a job id`, {
    code: 'usage.job_id',
    hint: 'Write ids as Slurm shows them: 4711, 4711_3, 4711_[0-9], 4711+1, or a range 4711-4715.',
  });
}
