import type { Command } from 'commander';
import { parseStates, type QueueFilter } from '../app/list-queue.ts';
import { UsageError } from '../core/errors.ts';
import { parseJobIdList } from '../core/slurm/job-id.ts';
import { usualExtras } from '../core/slurm/squeue-extras.ts';
import { addTargetOptions, collect, listOf, targetOf } from './common-options.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { nodesOf } from './queue-filter.ts';

/** Which jobs to act on: ids, or a filter. A command whose own options are called like some of them has the others, `--named` and `--in-partition`. */
export function addJobSelection(command: Command, { letters = true }: { readonly letters?: boolean } = {}): Command {
  const selection = addTargetOptions(
    command.argument('[job-ids...]', 'jobs, arrays, tasks (4711_3), sets (4711_[0-9])'),
  )
    .option('--me', 'my jobs')
    .option('-u, --user <names>', 'jobs of these users', collect)
    .option(letters ? '-n, --name <names>' : '--named <names>', 'jobs with these names', collect)
    .option(letters ? '-p, --partition <names>' : '--in-partition <names>', 'jobs in these partitions', collect)
    .option('-t, --state <states>', 'only jobs in these states', collect);
  if (!letters) return selection;
  return selection
    .option('-A, --account <names>', 'jobs of these accounts', collect)
    .option('--qos <names>', 'jobs with these qualities of service', collect)
    .option('-w, --nodelist <nodes>', 'jobs on these nodes, such as n[1-4]', collect);
}

interface SelectionRequest {
  readonly verb: string;
  readonly context: CommandContext;
  /** As for `addJobSelection`. */
  readonly letters?: boolean;
}

/** Throws a UsageError where nothing is named, and for what cannot be an id or a state. `verb` is for that message. */
export function jobSelectionOf(
  { args, options }: ParsedInput,
  { verb, context, letters = true }: SelectionRequest,
): QueueFilter & { readonly isFiltered: boolean } {
  const jobIds = ((args[0] ?? []) as string[]).flatMap(parseJobIdList);
  const filters = {
    mine: options['me'] === true,
    users: listOf(options['user']),
    names: listOf(options[letters ? 'name' : 'named']),
    partitions: listOf(options[letters ? 'partition' : 'inPartition']),
    states: parseStates(listOf(options['state'])),
    accounts: letters ? listOf(options['account']) : [],
    qos: letters ? listOf(options['qos']) : [],
    nodes: letters ? nodesOf(options['nodelist']) : [],
  };
  const isFiltered = Object.values(filters).some(
    (value) => value === true || (Array.isArray(value) && value.length > 0),
  );
  if (jobIds.length === 0 && !isFiltered) {
    throw new UsageError(`nothing to ${verb} is named`, {
      code: 'usage.missing_argument',
      hint: 'Give job ids, or a filter such as `--me -t PENDING`.',
    });
  }
  return { ...filters, extra: usualExtras, jobIds, isFiltered, target: targetOf(context) };
}
