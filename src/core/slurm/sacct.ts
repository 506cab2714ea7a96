import { parseTimeLimitOutput } from './duration.ts';
import { parseExitStatus } from './exit-status.ts';
import { membershipOf, parseJobId } from './job-id.ts';
import type { JobObservation } from './job-observation.ts';
import { parseJobState } from './job-state.ts';
import { makeObservation } from './make-observation.ts';
import { splitRecords } from './marked-text.ts';
import { parseEpoch } from './timestamp.ts';
import { countGpus, gpuTypesOf } from './tres.ts';

/** What is asked of sacct, in this order. Free text stands last. */
const sacctFields = [
  'JobID',
  'JobIDRaw',
  'State',
  'ExitCode',
  'Submit',
  'Start',
  'End',
  'ElapsedRaw',
  'TimelimitRaw',
  'NNodes',
  'AllocCPUS',
  'AllocTRES',
  'Partition',
  'User',
  'NodeList',
  'JobName',
] as const;

export interface SacctQuery {
  /** Jobs, array tasks, components; a set of tasks (`1_[2-5]`) would be a fatal error. */
  readonly jobIds: readonly string[];
  /** Epoch seconds of the oldest submission among them; 0 for all times. */
  readonly since: number;
  /** Fresh and random per call, as in `Marks`. */
  readonly mark: string;
  /** Every record of an id, also those of earlier attempts and of other jobs that had it; else the newest alone. */
  readonly history?: boolean | undefined;
}

/** sacct takes epoch seconds behind `uts`, but none below a million. */
const earliest = 1_000_000;

/**
 * Arguments of one question about many jobs: one row per allocation (`-X`), not one per step. The answer is to be read
 * with SLURM_TIME_FORMAT=%s and LC_ALL=C in its environment.
 */
export function sacctArgs({ jobIds, since, mark, history = false }: SacctQuery): string[] {
  // A date would be read in the cluster's time zone, which is not ours to know.
  const start = `uts${Math.max(Math.floor(since), earliest)}`;
  const format = ['-X', '-n', '-p', `--delimiter=${mark}`, '--noconvert'];
  return [...format, ...(history ? ['-D'] : []), '-S', start, '-j', jobIds.join(','), '-o', sacctFields.join(',')];
}

/** Reads the answer to {@link sacctArgs}. With `-p`, the mark ends every field; with a newline, every record. */
export function parseSacct(text: string, { mark }: { readonly mark: string }): JobObservation[] {
  const marks = { field: mark, record: mark };
  const records: JobObservation[] = [];
  for (const values of splitRecords(text, { marks, count: sacctFields.length })) {
    const record = readRow(values);
    if (record !== undefined) records.push(record);
  }
  return records;
}

function readRow(values: readonly string[]): JobObservation | undefined {
  const field = (name: (typeof sacctFields)[number]): string => values[sacctFields.indexOf(name)] ?? '';
  const jobId = field('JobID');
  const id = parseJobId(jobId);
  if (id === undefined || id.step !== undefined) return undefined;
  const state = parseJobState(field('State'));
  // A job cancelled while it waited may have a start and no end (24.11, 25.05): its elapsed time would grow for ever.
  const neverEnds = state.terminal && parseEpoch(field('End')) === undefined;
  return makeObservation({
    ...membershipOf(jobId),
    jobId,
    rawId: field('JobIDRaw'),
    state,
    reason: undefined,
    submitTime: parseEpoch(field('Submit')),
    startTime: neverEnds ? undefined : parseEpoch(field('Start')),
    endTime: parseEpoch(field('End')),
    elapsedSeconds: neverEnds ? undefined : parseWhole(field('ElapsedRaw')),
    timeLimitSeconds: parseLimit(field('TimelimitRaw')),
    nodes: parseWhole(field('NNodes')) ?? 0,
    // Zero for a job that never started (23.02 and later), the requested CPUs before.
    cpus: parseWhole(field('AllocCPUS')) ?? 0,
    gpus: countGpus(field('AllocTRES')),
    gpuTypes: gpuTypesOf(field('AllocTRES')),
    partition: known(field('Partition')),
    user: known(field('User')),
    nodeList: field('NodeList') === 'None assigned' ? undefined : known(field('NodeList')),
    exit: parseExitStatus(field('ExitCode')),
    restarts: 0,
    stdout: undefined,
    workDir: undefined,
    name: field('JobName'),
    comment: undefined,
    source: 'accounting',
  });
}

/** `TimelimitRaw` is in minutes. */
function parseLimit(text: string): number | null | undefined {
  const minutes = parseWhole(text);
  return minutes === undefined ? parseTimeLimitOutput(text) : minutes * 60;
}

function parseWhole(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function known(text: string): string | undefined {
  return text === '' ? undefined : text;
}
