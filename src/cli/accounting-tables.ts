import { UsageError } from '../core/errors.ts';
import type { ParsedInput } from './define-command.ts';

/** Keys of the table that the options ask for. */
export function accountingTable(options: ParsedInput['options']): readonly string[] {
  const isBrief = options['brief'] === true;
  if (options['parsable2'] === true && (options['json'] === true || options['format'] !== undefined)) {
    throw new UsageError('--parsable2 is a format itself', {
      code: 'usage.option_conflict',
      hint: 'Leave out --json and --format.',
    });
  }
  if (isBrief && options['long'] === true) {
    throw new UsageError('--brief and --long cannot be used together', {
      code: 'usage.option_conflict',
      hint: 'Keep the one you mean.',
    });
  }
  // Programs that read Slurm's own format know its states.
  const state = options['parsable2'] === true ? 'raw_state' : 'status';
  if (isBrief) return ['job_id', state, 'exit'];
  const account = options['showAccount'] === true ? ['account'] : [];
  const times = options['showTimes'] === true ? ['submit_time', 'start_time', 'end_time'] : [];
  if (options['eff'] === true) return ['job_id', 'user', 'name', ...account, state, ...efficiencyKeys, ...times];
  const usual = [state, 'exit', 'elapsed', 'alloc_cpus', 'gpus'];
  return ['job_id', 'user', 'name', 'partition', ...account, ...usual, ...times];
}

const efficiencyKeys = [
  ...['elapsed', 'alloc_cpus', 'cpu_efficiency', 'memory_bytes_had', 'memory_bytes_used'],
  ...['memory_efficiency', 'gpus', 'gpu_efficiency'],
];

/** Keys of `--format wide` and `--long`. */
export function accountingWide(efficiency: boolean): readonly string[] {
  return [
    ...['job_id', 'user', 'account', 'partition', 'qos', 'name', 'status', 'reason', 'exit', 'derived_exit'],
    ...['submit_time', 'start_time', 'end_time', 'queue_wait_seconds', 'elapsed', 'time_limit_seconds', 'nodes'],
    ...['alloc_cpus', 'gpus', 'requested_memory_bytes', 'max_rss_bytes', 'cpu_seconds', 'nodelist'],
    ...(efficiency ? ['cpu_efficiency', 'memory_efficiency', 'gpu_efficiency', 'efficiency_gaps'] : []),
  ];
}
