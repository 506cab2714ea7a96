import { UsageError } from '../errors.ts';
import { parseTimeLimitInput } from '../slurm/duration.ts';
import { parseTaskSet } from '../slurm/job-id.ts';
import { parseMemoryInput } from '../slurm/memory.ts';
import { didYouMean } from '../suggest.ts';
import { findSbatchOptions, type SbatchValueKind } from './sbatch-option-table.ts';
import { needlessValue, type SbatchOption, unknownOption } from './sbatch-options.ts';

/**
 * Checks what can be checked before anything is sent: the name, and the form of the value. Throws a UsageError that quotes
 * the option and says how to write it. Whether the cluster has that partition or that much memory, it says itself.
 */
export function validateSbatchOption({ name, value }: SbatchOption): void {
  const spec = findSbatchOptions(name).find((candidate) => candidate.name === name);
  if (spec === undefined) throw unknownOption(`--${name}`);
  if (value === undefined) {
    if (spec.kind === 'flag' || spec.optional) return;
    throw new UsageError(`--${name} has no value`, { code: 'usage.sbatch_option', hint: `Write --${name}=VALUE.` });
  }
  if (spec.kind === 'flag') throw needlessValue(spec);
  // Neither a directive nor a shell word can carry them.
  const accepted = !/[\0\n]/.test(value) && forms[spec.kind].accepts(value);
  if (!accepted) throw badValue(name, value, spec.kind);
}

function badValue(name: string, value: string, kind: Exclude<SbatchValueKind, 'flag'>): UsageError {
  const { hint, words } = forms[kind];
  return new UsageError(`\`${value}\` is no value for --${name}`, {
    code: 'usage.sbatch_value',
    hint: didYouMean(value, words ?? []) ?? hint,
  });
}

interface Form {
  accepts(value: string): boolean;
  readonly hint: string;
  /** All that may be written, for a suggestion. */
  readonly words?: readonly string[];
}

const mailTypes = [
  ...['NONE', 'BEGIN', 'END', 'FAIL', 'REQUEUE', 'ALL', 'INVALID_DEPEND', 'STAGE_OUT', 'ARRAY_TASKS'],
  ...['TIME_LIMIT', 'TIME_LIMIT_90', 'TIME_LIMIT_80', 'TIME_LIMIT_50'],
];

const signalNames = 'HUP INT QUIT ABRT KILL ALRM TERM USR1 USR2 URG CONT STOP TSTP TTIN TTOU XCPU'.split(' ');

const forms: Readonly<Record<Exclude<SbatchValueKind, 'flag'>, Form>> = {
  array: {
    accepts: isArray,
    hint: 'Write indices such as 0-99, 1,3,5 or 0-15:4, with %N to limit how many run at once.',
  },
  count: { accepts: (value) => /^0*[1-9]\d{0,9}$/.test(value), hint: 'Write a whole number from 1.' },
  date: { accepts: isDate, hint: 'Write a time such as 16:00, now+2hours, tomorrow or 2030-01-20T12:34:00.' },
  dependency: { accepts: isDependency, hint: 'Write TYPE:JOBID[:JOBID...], such as afterok:4711, or singleton.' },
  gpus: { accepts: isGpus, hint: 'Write a number of GPUs, or TYPE:NUMBER such as a100:2.' },
  gres: { accepts: isGres, hint: 'Write NAME[:TYPE]:COUNT, such as gpu:a100:2, or none.' },
  integer: { accepts: (value) => /^\d{1,10}$/.test(value), hint: 'Write a whole number.' },
  mail: { accepts: isMail, hint: `Write any of ${mailTypes.join(', ')}, separated by commas.`, words: mailTypes },
  memory: {
    accepts: (value) => succeeds(parseMemoryInput, value),
    hint: 'Write a whole number with K, M (default), G or T, such as 64G.',
  },
  nodes: { accepts: isNodes, hint: 'Write a number of nodes, or MIN-MAX.' },
  openMode: { accepts: (value) => /^[at]/i.test(value), hint: 'Write append or truncate.' },
  signal: { accepts: isSignal, hint: 'Write [B:]SIGNAL[@SECONDS], such as B:USR1@120.', words: signalNames },
  signed: { accepts: (value) => /^[+-]?\d{1,10}$/.test(value), hint: 'Write a whole number.' },
  text: { accepts: () => true, hint: 'Write one line of text.' },
  time: {
    accepts: (value) => succeeds(parseTimeLimitInput, value),
    hint: 'Write minutes (90), h:mm:ss (1:30:00), days-hours (1-12), or unlimited.',
  },
  yesNo: { accepts: (value) => /^(yes|no)$/i.test(value), hint: 'Write yes or no.' },
};

function succeeds(parse: (text: string) => unknown, value: string): boolean {
  try {
    parse(value);
    return true;
  } catch {
    return false;
  }
}

/** Slurm takes the brackets too with which it prints a set of tasks. */
function isArray(value: string): boolean {
  const set = parseTaskSet(value.replace(/^\[(.*)\]$/, '$1'));
  return set !== undefined && !set.truncated;
}

const clock = String.raw`(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\s?[ap]m)?|midnight|noon|fika|teatime`;
const month = '(?:0?[1-9]|1[0-2])';
const dayOfMonth = '(?:0?[1-9]|[12]\\d|3[01])';
const day = [
  String.raw`\d{4}-(?:0[1-9]|1[0-2])-${dayOfMonth}`,
  String.raw`${month}[/.]${dayOfMonth}(?:[/.]\d{2})?`,
  String.raw`(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{2})?`,
  'today|tomorrow',
].join('|');
/** Only whole words: sbatch refuses `now+2h`. */
const relative = String.raw`now(?:\s?[+-]\s?\d{1,10}(?:\s?(?:second|minute|hour|day|week)s?)?)?|uts\d{1,12}`;
const date = new RegExp(
  `^(?:${relative}|${clock}|(?:${day})(?:[T\\s-]?(?:${clock}))?|(?:${clock})[\\s-]?(?:${day}))$`,
  'i',
);

/** Whether sbatch takes the text for a moment: `16:00`, `now+2hours`, `2030-01-20T12:34:00`. */
export function isDate(value: string): boolean {
  return date.test(value);
}

/** Empty is none, as scripts write it for their first job. `?` instead of `,` means that one of the conditions is enough; a mixture of both means nothing. */
function isDependency(value: string): boolean {
  const job = String.raw`\d+(?:_(?:\d+|\*|\[[\d,:%-]+\]))?(?:\+\d+)?`;
  const type = 'after|afterany|afterok|afternotok|aftercorr|afterburstbuffer|expand';
  const condition = new RegExp(`^(?:singleton|(?:(?:${type}):)?${job}(?::${job})*)$`, 'i');
  if (value === '') return true;
  const separator = value.includes('?') ? '?' : /,(?![^[]*\])/;
  return value.split(separator).every((part) => condition.test(part));
}

function isGpus(value: string): boolean {
  return value.split(',').every((part) => /^(?:[a-z][\w.-]*(?::\d{1,6})?|\d{1,6})$/i.test(part));
}

function isGres(value: string): boolean {
  return value.split(',').every((part) => /^[a-z][\w/]*(?:[:=][\w.-]+){0,3}$/i.test(part));
}

function isMail(value: string): boolean {
  return value.split(',').every((part) => mailTypes.includes(part.toUpperCase()));
}

/** Besides MIN-MAX, Slurm 23.11 and later take lists of sizes: `1,2,4`, `2-16:2`. */
function isNodes(value: string): boolean {
  const [, min, max] = /^(\d{1,7})-(\d{1,7})$/.exec(value) ?? [];
  if (min !== undefined && max !== undefined) return Number(min) <= Number(max);
  return value.split(',').every((part) => /^\d{1,7}[km]?(?:-\d{1,7}[km]?(?::\d{1,7})?)?$/i.test(part));
}

function isSignal(value: string): boolean {
  const match = /^(?:(?:R|B|RB|BR):)?(?:(\d{1,2})|(?:SIG)?([A-Z]+\d?))(?:@(\d{0,5}))?$/i.exec(value);
  if (match === null || Number(match[3] ?? 0) > 65_535) return false;
  return match[1] === undefined ? signalNames.includes(match[2]?.toUpperCase() ?? '') : Number(match[1]) > 0;
}
