import type { AccountingRecord } from './accounting-record.ts';
import { parseElapsed, parseTimeLimitOutput } from './duration.ts';
import { parseExitStatus } from './exit-status.ts';
import { parseJobId } from './job-id.ts';
import { parseJobState, refineFailure } from './job-state.ts';
import { parseMemoryOutput } from './memory.ts';
import { parseEpoch } from './timestamp.ts';
import { countGpus } from './tres.ts';

/** Known to every release from 20.11 to 26.05: asking for a column that a release lacks is fatal. */
export const accountingColumns = [
  ...['JobID', 'JobIDRaw', 'State', 'ExitCode', 'DerivedExitCode', 'Reason', 'Submit', 'Eligible', 'Start', 'End'],
  ...['ElapsedRaw', 'Suspended', 'TimelimitRaw', 'NNodes', 'NTasks', 'AllocCPUS', 'ReqCPUS', 'AllocTRES', 'ReqTRES'],
  ...['ReqMem', 'CPUTimeRAW', 'TotalCPU', 'UserCPU', 'SystemCPU', 'MaxRSS', 'AveRSS', 'TRESUsageInAve'],
  ...['TRESUsageInTot', 'Partition', 'User', 'Account', 'QOS', 'Cluster', 'Priority', 'NodeList', 'WorkDir', 'JobName'],
] as const;

/** The columns and those that were asked for beyond them; the job's name stays last. */
export function accountingColumnsWith(extra: readonly string[]): readonly string[] {
  return [...accountingColumns.slice(0, -1), ...extra, 'JobName'];
}

/**
 * Reads what `sacct -p --delimiter=MARK` prints of these columns: the mark ends every field, and with a newline every record.
 * Times are epoch seconds (SLURM_TIME_FORMAT=%s), amounts unconverted (`--noconvert`).
 *
 * Counts fields instead of looking for line ends, because any text may begin with a newline. Only where the next field does not
 * begin a record, the mark stood in the name, which is the last one.
 */
export function parseAccounting(
  text: string,
  { mark, columns }: { readonly mark: string; readonly columns: readonly string[] },
): AccountingRecord[] {
  const known = new Set<string>(accountingColumns);
  // What is asked for anyway stands there twice where it was named, too.
  const extra = columns.filter((column, at) => !known.has(column) || columns.indexOf(column) < at);
  const places = new Map(columns.map((column, index) => [column, index]));
  const last = columns.length - 1;
  const pieces = text.split(mark);
  const records: AccountingRecord[] = [];
  for (let start = 0; start + last + 1 < pieces.length; ) {
    const first = start;
    let end = start + last + 1;
    while (end < pieces.length && !beginsRecord(pieces, end)) end += 1;
    if (end >= pieces.length) break;
    // The fields are read where they are: copies of them would be most of the work.
    const field = (name: string): string => {
      const place = places.get(name);
      if (place === undefined) return '';
      if (place === last)
        return end === first + last + 1 ? (pieces[first + last] ?? '') : pieces.slice(first + last, end).join(mark);
      const piece = pieces[first + place] ?? '';
      return place === 0 && first > 0 ? piece.slice(1) : piece;
    };
    const record = readRecord(field, Object.fromEntries(extra.map((name) => [name, field(name)])));
    if (record !== undefined) records.push(record);
    start = end;
  }
  return records;
}

function beginsRecord(pieces: readonly string[], index: number): boolean {
  const piece = pieces[index] ?? '';
  if (!piece.startsWith('\n')) return false;
  return index === pieces.length - 1 ? piece === '\n' : parseJobId(piece.slice(1)) !== undefined;
}

type Fields = (name: (typeof accountingColumns)[number]) => string;

function readRecord(field: Fields, extra: AccountingRecord['extra']): AccountingRecord | undefined {
  const jobId = field('JobID');
  const id = parseJobId(jobId);
  if (id === undefined) return undefined;
  const exit = parseExitStatus(field('ExitCode'));
  const reason = ['None', ''].includes(field('Reason')) ? undefined : field('Reason');
  const state = refineFailure(parseJobState(field('State')), { exit, reason });
  const requested = field('ReqTRES');
  const allocated = field('AllocTRES');
  return withoutUnknown({
    jobId,
    rawId: field('JobIDRaw'),
    step: id.step,
    state,
    reason,
    // Of a job that has not ended, `0:0` is no exit status.
    exit: state.terminal || state.phase === 'completing' ? exit : undefined,
    derivedExit: state.terminal ? parseExitStatus(field('DerivedExitCode')) : undefined,
    ...readTimes(field, state.terminal),
    nodes: parseWhole(field('NNodes')) ?? 0,
    tasks: parseWhole(field('NTasks')),
    cpus: parseWhole(field('AllocCPUS')) ?? 0,
    requestedCpus: parseWhole(field('ReqCPUS')),
    gpus: countGpus(allocated) || countGpus(requested),
    allocatedTres: textOf(allocated),
    requestedTres: textOf(requested),
    allocatedMemoryBytes: memoryIn(allocated),
    requestedMemoryBytes: memoryIn(requested) ?? requestedMemory(field),
    ...readUsage(field),
    partition: textOf(field('Partition')),
    user: textOf(field('User')),
    account: textOf(field('Account')),
    qos: textOf(field('QOS')),
    cluster: textOf(field('Cluster')),
    priority: parseWhole(field('Priority')),
    nodeList: field('NodeList') === 'None assigned' ? undefined : textOf(field('NodeList')),
    workDir: textOf(field('WorkDir')),
    name: field('JobName'),
    extra,
  });
}

type Times = Pick<
  AccountingRecord,
  'submitTime' | 'eligibleTime' | 'startTime' | 'endTime' | 'elapsedSeconds' | 'suspendedSeconds' | 'timeLimitSeconds'
>;

function readTimes(field: Fields, ended: boolean): { readonly [Key in keyof Times]-?: Times[Key] | undefined } {
  const endTime = parseEpoch(field('End'));
  // A job that was cancelled while it waited may have a start and no end (24.11, 25.05): its time would grow for ever.
  const neverRan = ended && endTime === undefined;
  const minutes = parseWhole(field('TimelimitRaw'));
  return {
    submitTime: parseEpoch(field('Submit')),
    eligibleTime: parseEpoch(field('Eligible')),
    startTime: neverRan ? undefined : parseEpoch(field('Start')),
    endTime: ended ? endTime : undefined,
    elapsedSeconds: neverRan ? undefined : parseWhole(field('ElapsedRaw')),
    suspendedSeconds: parseElapsed(field('Suspended')),
    timeLimitSeconds: minutes === undefined ? parseTimeLimitOutput(field('TimelimitRaw')) : minutes * 60,
  };
}

type Usage = Pick<
  AccountingRecord,
  | 'cpuTimeSeconds'
  | 'cpuSeconds'
  | 'userCpuSeconds'
  | 'systemCpuSeconds'
  | 'maxRssBytes'
  | 'averageRssBytes'
  | 'totalRssBytes'
  | 'averageGpuUtilization'
>;

function readUsage(field: Fields): { readonly [Key in keyof Usage]-?: Usage[Key] | undefined } {
  return {
    cpuTimeSeconds: parseWhole(field('CPUTimeRAW')),
    cpuSeconds: parseElapsed(field('TotalCPU')),
    userCpuSeconds: parseElapsed(field('UserCPU')),
    systemCpuSeconds: parseElapsed(field('SystemCPU')),
    maxRssBytes: bytesOf(field('MaxRSS')),
    averageRssBytes: bytesOf(field('AveRSS')),
    totalRssBytes: memoryIn(field('TRESUsageInTot'), 'bytes'),
    averageGpuUtilization: parseWhole(tresValue(field('TRESUsageInAve'), 'gres/gpuutil') ?? ''),
  };
}

function tresValue(text: string, name: string): string | undefined {
  const key = `${name}=`;
  const at = text.startsWith(key) ? 0 : text.indexOf(`,${key}`) + 1;
  if (at === 0 && !text.startsWith(key)) return undefined;
  const end = text.indexOf(',', at);
  return text.slice(at + key.length, end < 0 ? undefined : end);
}

const mib = 1024 ** 2;

/** Of an allocation MiB where no unit stands, of what was used bytes. */
function memoryIn(tres: string, plain: 'MiB' | 'bytes' = 'MiB'): number | undefined {
  const value = tresValue(tres, 'mem') ?? '';
  return plain === 'bytes' ? bytesOf(value) : scaled(parseMemoryOutput(value), mib);
}

/** `--noconvert` prints bytes; a unit is understood all the same. */
function bytesOf(text: string): number | undefined {
  const whole = parseWhole(text);
  return whole ?? scaled(parseMemoryOutput(text), mib);
}

/** `4G`; up to 20.11 `4Gn` per node and `2Gc` per CPU. */
function requestedMemory(field: Fields): number | undefined {
  const text = field('ReqMem');
  const count = text.endsWith('c')
    ? parseWhole(field('ReqCPUS'))
    : text.endsWith('n')
      ? parseWhole(field('NNodes'))
      : 1;
  return scaled(parseMemoryOutput(text), mib * (count ?? 1));
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : Math.round(value * factor);
}

function parseWhole(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function textOf(text: string): string | undefined {
  return text === '' || text === 'Unknown' ? undefined : text;
}

type Facts = { readonly [Key in keyof AccountingRecord]-?: AccountingRecord[Key] | undefined };

/** By assignment, not through entries: a month of a large site is a hundred thousand records. */
function withoutUnknown(facts: Facts): AccountingRecord {
  const known: Record<string, unknown> = {};
  for (const key in facts) {
    const value = facts[key as keyof Facts];
    if (value !== undefined) known[key] = value;
  }
  return known as unknown as AccountingRecord;
}
