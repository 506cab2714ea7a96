import { parseElapsed, parseTimeLimitOutput } from './duration.ts';
import { parseExitStatus } from './exit-status.ts';
import { isJobId, membershipOf } from './job-id.ts';
import type { JobObservation } from './job-observation.ts';
import { parseJobState } from './job-state.ts';
import { makeObservation } from './make-observation.ts';
import { type Marks, markFields, splitRecords } from './marked-text.ts';
import { type SqueueExtra, squeueExtraLetters } from './squeue-extras.ts';
import { parseEpoch } from './timestamp.ts';
import { countGpus, gpuTypesOf, parseCount } from './tres.ts';

/** What is asked of squeue, in this order. Free text stands last. */
export const squeueFields = [
  'JobArrayID',
  'JobID',
  'State',
  'Reason',
  'SubmitTime',
  'StartTime',
  'EndTime',
  'TimeUsed',
  'TimeLimit',
  'NumNodes',
  'NumCPUs',
  'NumTasks',
  'Partition',
  'UserName',
  'NodeList',
  'tres-alloc',
  'tres-per-job',
  'tres-per-node',
  'tres-per-task',
  'exit_code',
  'RestartCnt',
  'STDOUT',
  'WorkDir',
  'Comment',
  'Name',
] as const;
type SqueueField = (typeof squeueFields)[number];

export interface SqueueQuery {
  readonly scope: 'me' | 'all' | { readonly user: string };
  readonly marks: Marks;
  readonly extra?: readonly SqueueExtra[] | undefined;
  /** Words of the user's for squeue itself, as they are. */
  readonly words?: readonly string[] | undefined;
}

/** With what was asked for beyond the usual, which stands before the free text. */
export function squeueFieldsWith(extra: readonly SqueueExtra[] = []): readonly string[] {
  return extra.length === 0 ? squeueFields : [...squeueFields.slice(0, -2), ...extra, ...squeueFields.slice(-2)];
}

/**
 * Arguments of the one question about jobs, finished ones included while the controller remembers them. `me` and a single
 * user are answered from that user's jobs; everything else, also a list of ids, makes the controller send the whole table.
 * The answer is to be read with SLURM_TIME_FORMAT=%s, SLURM_BITSTR_LEN=0 and LC_ALL=C in its environment.
 */
export function squeueArgs({ scope, marks, extra, words = [] }: SqueueQuery): string[] {
  const whose = scope === 'me' ? ['--me'] : scope === 'all' ? [] : [`--user=${scope.user}`];
  return [...whose, '--states=all', ...words, '--noheader', '-O', markFields(squeueFieldsWith(extra), marks)];
}

/**
 * Reads the answer to {@link squeueArgs}, or to the same question about other `fields`, of which the first must be
 * `JobArrayID` and the last may be any text. A record that does not begin with a job id is dropped: a name may forge records
 * where the marks can be guessed.
 */
export function parseSqueue(
  text: string,
  { marks, fields = squeueFields }: { readonly marks: Marks; readonly fields?: readonly string[] },
): JobObservation[] {
  const read = createReader(fields);
  // What is asked for anyway stands there twice where it was named, too.
  const extra = fields.flatMap((name, at) =>
    isExtra(name) && (!isUsual(name) || fields.indexOf(name) < at) ? [{ name, at }] : [],
  );
  const jobs: JobObservation[] = [];
  for (const values of splitRecords(text, { marks, count: fields.length })) {
    if (!isJobId(values[0] ?? '')) continue;
    const job = read(values);
    jobs.push(extra.length === 0 ? job : Object.assign(job, { extra: extraOf(values, extra) }));
  }
  return jobs;
}

function isExtra(name: string): name is SqueueExtra {
  return Object.hasOwn(squeueExtraLetters, name);
}

function isUsual(name: string): boolean {
  return squeueFields.some((field) => field === name);
}

function extraOf(
  values: readonly string[],
  fields: readonly { readonly name: SqueueExtra; readonly at: number }[],
): Partial<Record<SqueueExtra, string>> {
  const extra: Partial<Record<SqueueExtra, string>> = {};
  for (const { name, at } of fields) {
    const value = values[at] ?? '';
    if (value !== '' && value !== '(null)' && value !== 'N/A') extra[name] = value;
  }
  return extra;
}

/** Positions are looked up once per answer, and what repeats from row to row is read once. */
function createReader(fields: readonly string[]): (values: readonly string[]) => JobObservation {
  const positions = Object.fromEntries(squeueFields.map((field) => [field, fields.indexOf(field)]));
  const at = positions as Readonly<Record<SqueueField, number>>;
  const stateOf = memoize(parseJobState);
  const elapsedOf = memoize(parseElapsed);
  const limitOf = memoize(parseTimeLimitOutput);
  const exitOf = memoize(parseExitStatus);
  const countOf = memoize(parseLeast);
  const countedGpus = memoize(countGpus);
  const gpusOf = (text: string): number => (text.includes('gpu') ? countedGpus(text) : 0);
  return (values) => {
    const field = (name: SqueueField): string => values[at[name]] ?? '';
    const jobId = field('JobArrayID');
    const whole = membershipOf(jobId);
    const nodes = countOf(field('NumNodes'));
    return makeObservation({
      jobId,
      rawId: field('JobID'),
      arrayJobId: whole.arrayJobId,
      arrayTask: whole.arrayTask,
      hetJobId: whole.hetJobId,
      hetOffset: whole.hetOffset,
      state: stateOf(field('State')),
      reason: field('Reason') === 'None' ? undefined : known(field('Reason')),
      submitTime: parseEpoch(field('SubmitTime')),
      startTime: parseEpoch(field('StartTime')),
      endTime: parseEpoch(field('EndTime')),
      elapsedSeconds: elapsedOf(field('TimeUsed')),
      timeLimitSeconds: limitOf(field('TimeLimit')),
      nodes,
      cpus: countOf(field('NumCPUs')),
      // The last three are the request: what is not accounted for is not in the allocation.
      gpus:
        gpusOf(genericPart(field('tres-alloc'))) ||
        gpusOf(field('tres-per-job')) ||
        gpusOf(field('tres-per-node')) * nodes ||
        gpusOf(field('tres-per-task')) * countOf(field('NumTasks')),
      gpuTypes: typesOf(field, { nodes, tasks: countOf(field('NumTasks')) }),
      partition: known(field('Partition')),
      user: known(field('UserName')),
      nodeList: known(field('NodeList')),
      exit: exitOf(field('exit_code')),
      restarts: countOf(field('RestartCnt')),
      stdout: known(field('STDOUT')),
      workDir: known(field('WorkDir')),
      name: field('Name'),
      comment: known(field('Comment')),
      source: 'controller',
    });
  };
}

/** Of the first text that names any GPUs, as for their number. */
function typesOf(
  field: (name: SqueueField) => string,
  { nodes, tasks }: { readonly nodes: number; readonly tasks: number },
): JobObservation['gpuTypes'] {
  const sources = [
    { text: genericPart(field('tres-alloc')), times: 1 },
    { text: field('tres-per-job'), times: 1 },
    { text: field('tres-per-node'), times: nodes },
    { text: field('tres-per-task'), times: tasks },
  ];
  const named = sources.find(({ text }) => text.includes('gpu'));
  return named === undefined ? undefined : gpuTypesOf(named.text, named.times);
}

/** What follows the amounts that differ from job to job (`cpu=8,mem=31G,…`). */
function genericPart(tres: string): string {
  const start = tres.indexOf('gres/');
  return start < 0 ? '' : tres.slice(start);
}

function memoize<Value>(parse: (text: string) => Value): (text: string) => Value {
  const values = new Map<string, Value>();
  return (text) => {
    const found = values.get(text);
    if (found !== undefined || values.has(text)) return found as Value;
    const value = parse(text);
    values.set(text, value);
    return value;
  };
}

function known(text: string): string | undefined {
  return text === '' || text === '(null)' ? undefined : text;
}

/** `2`, `2K`, and `2-4` for a pending job that takes what it gets: at least 2. */
function parseLeast(text: string): number {
  return parseCount(text.replace(/-.*/s, '')) ?? 0;
}
