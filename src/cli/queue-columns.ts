import type { ParsedInput } from './define-command.ts';

/** The keys of the table that the options of squeue ask for. */
export function tableColumns(options: ParsedInput['options']): readonly string[] {
  if (options['start'] === true) return startColumns;
  if (options['long'] === true) return longColumns;
  const all = options['all'] === true;
  const column = (key: string, option: string) => (all || options[option] === true ? [key] : []);
  return [
    ...['job_id', 'user', 'name', ...column('partition', 'showPartition'), 'status', ...column('nodes', 'showNodes')],
    ...['cpus', 'gpus', 'elapsed_seconds', ...column('time_limit_seconds', 'showLimit'), 'nodelist_reason'],
  ];
}

const longColumns = [
  ...['job_id', 'partition', 'name', 'user', 'status', 'elapsed_seconds', 'time_limit_seconds', 'nodes', 'gpus'],
  'nodelist_reason',
];

const startColumns = [
  ...['job_id', 'partition', 'name', 'user', 'status', 'start_time', 'nodes', 'gpus', 'scheduled_nodes'],
  'nodelist_reason',
];
