export const slurmErrorKinds = [
  'not_found',
  'controller_unavailable',
  'accounting_unavailable',
  'accounting_absent',
  'slurm_unconfigured',
  'slurm_missing',
  'denied',
  'user_error',
  'rejected',
  'unknown',
] as const;
export type SlurmErrorKind = (typeof slurmErrorKinds)[number];

type Patterns = readonly (readonly [RegExp, SlurmErrorKind])[];

/** What keeps any command from being answered, by text, in this order: a message may match more than one line. */
const outages: Patterns = [
  // No slurm.conf where one is looked for, or an unusable one; and no controller that would hand one out. In the last line of
  // that, `Could not establish a configuration source`, Slurm speaks as it does of a controller that is down.
  [/DNS SRV lookup failed|Unable to process configuration file/i, 'slurm_unconfigured'],
  // The second is sacctmgr's way to say it.
  [/accounting storage is disabled|not running a supported accounting_storage plugin/i, 'accounting_absent'],
  [/Problem talking to the database|failed to open persistent connection|persist_conn_open/i, 'accounting_unavailable'],
  [/Unable to contact slurm controller|Socket timed out|Zero Bytes were transmitted/i, 'controller_unavailable'],
  // What scontrol says for hold, release and requeue.
  [/Unexpected message received/i, 'controller_unavailable'],
  [/Unable to establish controller|establish a configuration source|in standby mode/i, 'controller_unavailable'],
];

/** The system's own words, which Slurm passes on where it has none; seen when a daemon is ended with a request in its hands. */
const brokenConnection =
  /Connection (?:refused|timed out|reset by peer)|Transport endpoint|Broken pipe|connection abort|No route to host|Network is (?:unreachable|down)/i;

/** What a command that was answered may have been told. */
const verdicts: Patterns = [
  // `Invalid user id for job 41` and `41_0-1: Invalid user id` forbid; `Invalid user id: nosuchuser` is a mistyped name.
  [/Access\/permission denied|Invalid user id(?: for job|\s*$)|not permitted/im, 'denied'],
  [/Invalid job id specified/i, 'not_found'],
  [/already (?:completing|completed|finished)|pending execution|presently disabled|no longer pending/i, 'user_error'],
  [/requested is after end time/i, 'user_error'],
  [/invalid|unrecognized|unknown|usage|--help|\bBad |\bNo job identification|doesn't allow|only works/i, 'user_error'],
];

/** Their peer is the database. */
const accountingCommands = new Set(['sacct', 'sacctmgr', 'sreport']);

/**
 * What a failed command's text means; its exit code only where the text says nothing. Whatever sbatch was told is a refusal of
 * the submission, be it for a wrong option, a missing permission or a partition that does not exist.
 */
export function classifySlurmError(failure: {
  readonly command: string;
  readonly exitCode: number;
  readonly stderr: string;
}): SlurmErrorKind {
  const { command, exitCode, stderr } = failure;
  const outage = firstMatch(outages, stderr);
  if (outage !== undefined) return outage;
  if (brokenConnection.test(stderr)) {
    return accountingCommands.has(command) ? 'accounting_unavailable' : 'controller_unavailable';
  }
  if (exitCode === 127 || /: (?:command )?not found\s*$/m.test(stderr)) return 'slurm_missing';
  if (command === 'sbatch') return 'rejected';
  return firstMatch(verdicts, stderr) ?? 'unknown';
}

function firstMatch(patterns: Patterns, text: string): SlurmErrorKind | undefined {
  return patterns.find(([pattern]) => pattern.test(text))?.[1];
}
