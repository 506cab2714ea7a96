import { describe, expect, it } from 'vitest';
import { readFailures, releases } from '../../../test/support/slurm-fixtures.ts';
import { classifySlurmError, type SlurmErrorKind } from './slurm-error.ts';

/** By the beginning of the recording's name; of several that fit, the first counts. */
const expected: readonly (readonly [start: string, kind: SlurmErrorKind])[] = [
  ['ctld-down-', 'controller_unavailable'],
  ['dbd-down-', 'accounting_unavailable'],
  ['no-accounting-', 'accounting_absent'],
  ['sbatch-', 'rejected'],
  ['purged-sbatch-', 'rejected'],
  ['purged-only-job-state', 'user_error'],
  ['purged-', 'not_found'],
  ['squeue-unknown-id', 'not_found'],
  ['squeue-', 'user_error'],
  ['sinfo-', 'user_error'],
  ['sacct-', 'user_error'],
  ['scancel-unknown-', 'not_found'],
  ['scancel-denied', 'denied'],
  ['scancel-', 'user_error'],
  ['scontrol-requeue-denied', 'denied'],
  ['scontrol-update-denied', 'denied'],
  ['scontrol-', 'not_found'],
];

describe.each(releases)('errors of %s', (release) => {
  it.each(readFailures(release))('classifies $name', ({ name, command, exitCode, stderr }) => {
    const kind = expected.find(([start]) => name.startsWith(start))?.[1];
    expect(kind, 'an expectation').toBeDefined();
    expect(classifySlurmError({ command, exitCode, stderr })).toBe(kind);
  });
});

describe('classifySlurmError', () => {
  it.each<[command: string, exitCode: number, stderr: string, kind: SlurmErrorKind]>([
    ['squeue', 127, "env: 'squeue': No such file or directory", 'slurm_missing'],
    ['squeue', 127, '', 'slurm_missing'],
    ['sacct', 1, 'sh: 1: sacct: not found', 'slurm_missing'],
    ['sbatch', 1, 'bash: line 1: sbatch: command not found', 'slurm_missing'],
    [
      'scontrol',
      1,
      'scontrol: error: fetch_config: DNS SRV lookup failed\nscontrol: error: _establish_config_source: failed to fetch config\n' +
        'scontrol: fatal: Could not establish a configuration source',
      'slurm_unconfigured',
    ],
    [
      'sbatch',
      1,
      'sbatch: error: s_p_parse_file: cannot stat file /x/slurm.conf: No such file or directory, retrying in 1sec up to 60sec\n' +
        'sbatch: error: ClusterName needs to be specified\nsbatch: fatal: Unable to process configuration file',
      'slurm_unconfigured',
    ],
    ['squeue', 1, 'slurm_load_jobs error: Socket timed out on send/recv operation', 'controller_unavailable'],
    ['squeue', 1, 'slurm_load_jobs error: Zero Bytes were transmitted or received', 'controller_unavailable'],
    ['scancel', 1, 'Connection refused', 'controller_unavailable'],
    ['sacctmgr', 1, 'You are not running a supported accounting_storage plugin', 'accounting_absent'],
    ['sacct', 1, 'sacct: error: Sending PersistInit msg: Connection refused', 'accounting_unavailable'],
    [
      'sbatch',
      1,
      'sbatch: error: Batch job submission failed: Socket timed out on send/recv',
      'controller_unavailable',
    ],
    ['squeue', 1, 'slurm_load_jobs error: Connection reset by peer', 'controller_unavailable'],
    [
      'sbatch',
      1,
      'sbatch: error: Batch job submission failed: Transport endpoint is not connected',
      'controller_unavailable',
    ],
    ['scancel', 1, 'scancel: error: Kill job error on job id 7: Broken pipe', 'controller_unavailable'],
    ['sacct', 1, 'sacct: error: Problem with the request: Connection reset by peer', 'accounting_unavailable'],
    ['sbatch', 1, 'sbatch: error: Batch job submission failed: Access/permission denied', 'rejected'],
    ['sbatch', 1, "Batch job submission failed: User's group not permitted to use this partition", 'rejected'],
    ['sbatch', 1, '', 'rejected'],
    ['scontrol', 1, '9_1: Invalid job id specified', 'not_found'],
    ['scontrol', 1, '41_0-1: Invalid user id', 'denied'],
    ['scontrol', 1, 'Job is no longer pending execution for job 7', 'user_error'],
    ['scontrol', 1, 'Requested operation is presently disabled for job 7', 'user_error'],
    ['squeue', 1, 'squeue: error: Invalid user: nosuchuser', 'user_error'],
    ['sinfo', 1, '', 'unknown'],
    ['sinfo', 139, 'Segmentation fault', 'unknown'],
  ])('%s (%i) with %j is %s', (command, exitCode, stderr, kind) => {
    expect(classifySlurmError({ command, exitCode, stderr })).toBe(kind);
  });
});
