import { absentIds, listQueue, type QueueFilter } from '../../app/list-queue.ts';
import { namesOfJobs, rememberNames } from '../../app/name-cache.ts';
import { unknownNames } from '../../app/unknown-names.ts';
import { UsageError } from '../../core/errors.ts';
import { acrossProfiles, addAcrossOption, requireOneTarget } from '../across-profiles.ts';
import { addTargetOptions, collect, positiveNumber } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { extrasOf } from '../job-extra-fields.ts';
import { jobListing } from '../job-listing.ts';
import { addListingOptions, openListing } from '../listing.ts';
import { tableColumns } from '../queue-columns.ts';
import { addQueueFilters, queueFilterOf } from '../queue-filter.ts';
import { groupJobs, groupListing, readGroupKey } from '../queue-groups.ts';
import { showRepeatedly } from '../show-repeatedly.ts';
import { printable } from '../table.ts';
import { unfoldArrays } from '../unfold-arrays.ts';

export const squeue = defineCommand({
  name: 'squeue',
  summary: 'List the jobs in the queue',
  examples: ['srunx squeue --me', 'srunx squeue -p gpu -t PENDING,RUNNING --json', "srunx squeue -o '%.10i %.20j %T'"],
  configure(command) {
    addAcrossOption(addQueueFilters(addTargetOptions(command)))
      .option('-r, --array', 'one line for each task of an array')
      .option('-l, --long', 'with partition, limit and nodes, in the order of `squeue -l`')
      .option('--start', 'only waiting jobs, with the start that Slurm expects')
      .option('--group-by <field>', 'count the jobs by user, partition, account, qos, state or name')
      .option('-i, --iterate <seconds>', 'show again every so many seconds')
      .option('--show-partition', 'add the partition')
      .option('--show-limit', 'add the time limit')
      .option('--show-nodes', 'add the number of nodes')
      .option('-a, --all', 'add all three of these columns; jobs in hidden partitions too')
      .option('--all-partitions', 'jobs in hidden partitions too')
      .option('-M, --clusters <names>', 'of these clusters that share the accounting database', collect)
      .option('--slurm-arg <word>', "hand this word to Slurm's squeue as it is (may be repeated)", collect);
    addListingOptions(command, 'squeue');
  },
  columns: () => jobListing().fields,
  async run({ options }, context) {
    const seconds = positiveNumber(options, 'iterate');
    const filter = queueFilterOf(options);
    if (options['groupBy'] !== undefined) return showGroups({ options, filter, seconds }, context);
    const across = acrossProfiles({ options, context });
    const view = openListing(across.listing(jobListing(tableColumns(options))), {
      options: { ...startOrder(options), ...options },
      context,
    });
    const isTable = view.format === 'table' || view.format === 'wide';
    if (seconds !== undefined && !isTable) throw cannotRepeat(view.format);
    const unfold = options['array'] === true;
    const whole = { ...filter, ...slurmWords(options), extra: extrasOf(view.keys), target: across.target ?? '' };
    const query = options['start'] === true ? { ...whole, states: ['PENDING'] } : whole;
    const list = async () => {
      const answers = await across.ask((target) => listQueue(context.app, { ...query, target }));
      return across.rows(answers, (jobs) => (unfold ? unfoldArrays(jobs) : jobs));
    };
    if (seconds !== undefined) {
      const lines = async () => orNone(view.lines(await list()));
      return showRepeatedly({ target: requireOneTarget(across), seconds, lines }, context);
    }
    const jobs = await list();
    if (jobs.length === 0) {
      context.out.note('No jobs in queue');
      // A loop that waits until nothing is left asks no more than it must.
      const isAsked = context.out.terminal !== undefined && across.target !== undefined;
      const unknown = !isAsked ? [] : await unknownNames(context.app, query);
      for (const words of unknown) context.out.note(`srunx: ${printable(words)}`);
    }
    const absent = absentIds(jobs, query);
    if (absent.length > 0) context.out.note(`srunx: not in the queue: ${absent.join(', ')}`);
    await view.show(jobs);
    const { mine } = query;
    const { target } = across;
    if (target !== undefined)
      rememberNames(context.app, namesOfJobs(jobs, target), isWhole(query) ? { mine, target } : undefined);
    return across.code();
  },
});

/** Of everybody, or of the account itself. */
function isWhole({ target: _target, mine: _mine, extra: _extra, ...filters }: QueueFilter): boolean {
  return Object.values(filters).every((values = []) => values.length === 0);
}

function orNone(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ['No jobs in queue'] : lines;
}

/** What is expected first stands first. */
function startOrder(options: ParsedInput['options']): ParsedInput['options'] {
  return options['start'] === true && options['sort'] === undefined ? { sort: 'start_time' } : {};
}

/** Only where they were asked for: squeue shows every partition of the account's own otherwise. */
function slurmWords(options: ParsedInput['options']): Pick<QueueFilter, 'words'> {
  const clusters = [options['clusters'] ?? []].flat().map((names) => `--clusters=${String(names)}`);
  const hidden = options['all'] === true || options['allPartitions'] === true ? ['--all'] : [];
  const given = [options['slurmArg'] ?? []].flat().map(String);
  return { words: [...clusters, ...hidden, ...given] };
}

interface GroupRequest {
  readonly options: ParsedInput['options'];
  readonly filter: Omit<QueueFilter, 'target'>;
  readonly seconds: number | undefined;
}

async function showGroups({ options, filter, seconds }: GroupRequest, context: CommandContext): Promise<number> {
  const key = readGroupKey(String(options['groupBy']));
  const across = acrossProfiles({ options, context });
  const view = openListing(across.listing(groupListing(key)), { options, context });
  if (seconds !== undefined) throw cannotRepeat('--group-by');
  const query = { ...filter, ...slurmWords(options), extra: extrasOf([key]) };
  const answers = await across.ask((target) => listQueue(context.app, { ...query, target }));
  const groups = across.rows(answers, (jobs) => groupJobs(jobs, key));
  if (groups.length === 0) context.out.note('No jobs in queue');
  await view.show(groups);
  return across.code();
}

function cannotRepeat(what: string): UsageError {
  return new UsageError(`--iterate cannot be used with ${what}`, {
    code: 'usage.option_conflict',
    hint: 'Use `srunx watch jobs --json` for a stream of changes.',
  });
}
