export const slurmErrorKinds = [
  'not_found',
  'controller_unavailable',
  'accounting_unavailable',
  'accounting_absent',
  'slurm_missing',
  'denied',
  'user_error',
  'rejected',
  'unknown',
] as const;
export type SlurmErrorKind = (typeof slurmErrorKinds)[number];

/** By text, in this order: a message may match more than one line. */
const patterns: readonly (readonly [RegExp, SlurmErrorKind])[] = [
  [/accounting storage is disabled/i, 'accounting_absent'],
  [/Problem talking to the database|failed to open persistent connection|persist_conn_open/i, 'accounting_unavailable'],
  [/Unable to contact slurm controller|Socket timed out|Zero Bytes were transmitted/i, 'controller_unavailable'],
  [/Unable to establish controller|Could not establish a configuration source/i, 'controller_unavailable'],
  [/Access\/permission denied|Invalid user id|not permitted/i, 'denied'],
  [/Batch job submission failed|allocation failure/i, 'rejected'],
  [/Invalid job id specified|No such job|slurm_load_jobs error: Invalid job id/i, 'not_found'],
  [/Connection refused/i, 'controller_unavailable'],
  [/command not found|: not found/i, 'slurm_missing'],
];

/** What a failed command's text means; its exit code only where the text says nothing. */
export function classifySlurmError(failure: {
  readonly command: string;
  readonly exitCode: number;
  readonly stderr: string;
}): SlurmErrorKind {
  const { command, exitCode, stderr } = failure;
  for (const [pattern, kind] of patterns) if (pattern.test(stderr)) return kind;
  if (exitCode === 127) return 'slurm_missing';
  if (command === 'sbatch') return 'rejected';
  return /invalid|unrecognized|unknown|usage|Bad /i.test(stderr) ? 'user_error' : 'unknown';
}
