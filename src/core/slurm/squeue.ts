import { parseElapsed, parseTimeLimitOutput } from './duration.ts';
import { parseExitStatus } from './exit-status.ts';
import { isJobId } from './job-id.ts';
import type { JobObservation } from './job-observation.ts';
import { parseJobState } from './job-state.ts';
import { makeObservation } from './make-observation.ts';
import { type Marks, markFields, splitRecords } from './marked-text.ts';
import { parseEpoch } from './timestamp.ts';
import { countGpus, parseCount } from './tres.ts';

/** What is asked of squeue, in this order. Free text stands last. */
export const squeueFields = [
  'JobArrayID',
  'JobID',
  'ArrayJobID',
  'ArrayTaskID',
  'HetJobID',
  'HetJobOffset',
  'State',
  'Reason',
  'SubmitTime',
  'StartTime',
  'EndTime',
  'TimeUsed',
  'TimeLimit',
  'NumNodes',
  'NumCPUs',
  'Partition',
  'UserName',
  'NodeList',
  'tres-alloc',
  'exit_code',
  'RestartCnt',
  'STDOUT',
  'WorkDir',
  'Comment',
  'Name',
] as const;
export type SqueueField = (typeof squeueFields)[number];

export interface SqueueQuery {
  readonly scope: 'me' | 'all' | { readonly user: string };
  readonly marks: Marks;
}

/**
 * Arguments of the one question about jobs, finished ones included while the controller remembers them. `me` and a single
 * user are answered from that user's jobs; everything else, also a list of ids, makes the controller send the whole table.
 * The answer is to be read with SLURM_TIME_FORMAT=%s, SLURM_BITSTR_LEN=0 and LC_ALL=C in its environment.
 */
export function squeueArgs({ scope, marks }: SqueueQuery): string[] {
  const whose = scope === 'me' ? ['--me'] : scope === 'all' ? [] : [`--user=${scope.user}`];
  return [...whose, '--states=all', '--noheader', '-O', markFields(squeueFields, marks)];
}

/**
 * Reads the answer to {@link squeueArgs}, or to the same question about other `fields`, of which the first must be
 * `JobArrayID` and the last may be any text. A record that does not begin with a job id is dropped: a name may forge records
 * where the marks can be guessed.
 */
export function parseSqueue(
  text: string,
  { marks, fields = squeueFields }: { readonly marks: Marks; readonly fields?: readonly SqueueField[] },
): JobObservation[] {
  const read = createReader(fields);
  return splitRecords(text, { marks, count: fields.length }).flatMap((values) =>
    isJobId(values[0] ?? '') ? read(values) : [],
  );
}

/** Positions are looked up once per answer, and what repeats in every row is read once. */
function createReader(fields: readonly SqueueField[]): (values: readonly string[]) => JobObservation {
  const positions = Object.fromEntries(fields.map((field, index) => [field, index])) as Record<SqueueField, number>;
  const stateOf = memoize(parseJobState);
  const gpusOf = memoize(countGpus);
  const limitOf = memoize(parseTimeLimitOutput);
  return (values) => {
    const field = (name: SqueueField): string => values[positions[name]] ?? '';
    const isTask = isSet(field('ArrayTaskID'));
    const isComponent = isSet(field('HetJobOffset'));
    return makeObservation({
      jobId: field('JobArrayID'),
      rawId: field('JobID'),
      arrayJobId: isTask ? field('ArrayJobID') : undefined,
      arrayTask: isTask ? field('ArrayTaskID') : undefined,
      hetJobId: isComponent ? field('HetJobID') : undefined,
      hetOffset: isComponent ? Number(field('HetJobOffset')) : undefined,
      state: stateOf(field('State')),
      reason: field('Reason') === 'None' ? undefined : known(field('Reason')),
      submitTime: parseEpoch(field('SubmitTime')),
      startTime: parseEpoch(field('StartTime')),
      endTime: parseEpoch(field('EndTime')),
      elapsedSeconds: parseElapsed(field('TimeUsed')),
      timeLimitSeconds: limitOf(field('TimeLimit')),
      nodes: countOf(field('NumNodes')),
      cpus: countOf(field('NumCPUs')),
      gpus: gpusOf(field('tres-alloc')),
      partition: known(field('Partition')),
      user: known(field('UserName')),
      nodeList: known(field('NodeList')),
      exit: parseExitStatus(field('exit_code')),
      restarts: countOf(field('RestartCnt')),
      stdout: known(field('STDOUT')),
      workDir: known(field('WorkDir')),
      name: field('Name'),
      comment: known(field('Comment')),
      source: 'controller',
    });
  };
}

function memoize<Value>(parse: (text: string) => Value): (text: string) => Value {
  const values = new Map<string, { readonly value: Value }>();
  return (text) => {
    const found = values.get(text);
    if (found !== undefined) return found.value;
    const value = parse(text);
    values.set(text, { value });
    return value;
  };
}

function isSet(id: string): boolean {
  return id !== '' && id !== 'N/A';
}

function known(text: string): string | undefined {
  return text === '' || text === '(null)' ? undefined : text;
}

/** `2`, `2K`, and `2-4` for a pending job that takes what it gets: at least 2. */
function countOf(text: string): number {
  return parseCount(text.replace(/-.*/s, '')) ?? 0;
}
