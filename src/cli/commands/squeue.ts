import { listQueue, parseStates, type QueueFilter } from '../../app/list-queue.ts';
import { ConnectionError, UsageError } from '../../core/errors.ts';
import { parseJobIdList } from '../../core/slurm/job-id.ts';
import { addJsonOption, addTargetOptions, collect, listOf, positiveNumber, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { type ColumnChoice, jobColumns, jobJson } from '../job-columns.ts';
import { formatTable } from '../table.ts';

export const squeue = defineCommand({
  name: 'squeue',
  summary: 'List the jobs in the queue',
  examples: ['srunx squeue --me', 'srunx squeue -p gpu -t PENDING,RUNNING --json'],
  configure(command) {
    addTargetOptions(command)
      .option('--me', 'only my jobs')
      .option('-u, --user <names>', 'only jobs of these users', collect)
      .option('-p, --partition <names>', 'only jobs in these partitions', collect)
      .option('-t, --states <states>', 'only jobs in these states (`all` for finished ones too)', collect)
      .option('-j, --jobs <ids>', 'only these jobs, arrays or tasks', collect)
      .option('-n, --name <names>', 'only jobs with these names', collect)
      .option('-i, --iterate <seconds>', 'show again every so many seconds')
      .option('--show-partition', 'add the partition')
      .option('--show-limit', 'add the time limit')
      .option('--show-nodes', 'add the number of nodes')
      .option('-a, --all', 'add all three of these columns')
      .option('--no-header', 'no line of titles');
    addJsonOption(command);
  },
  async run({ options }, context) {
    const { app, out } = context;
    const seconds = positiveNumber(options, 'iterate');
    if (seconds !== undefined && out.json) {
      throw new UsageError('--iterate cannot be used with --json', {
        code: 'usage.option_conflict',
        hint: 'Use `srunx watch jobs --json` for a stream of changes.',
      });
    }
    const filter = filterOf(options, context);
    if (seconds !== undefined) return showRepeatedly({ filter, seconds, options }, context);
    const jobs = await listQueue(app, filter);
    if (jobs.length === 0) out.note('No jobs in queue');
    out.result(jobs.map(jobJson), linesOf(jobs, { options, context }).join('\n'));
    return 0;
  },
});

type Jobs = Awaited<ReturnType<typeof listQueue>>;

interface Display {
  readonly options: ParsedInput['options'];
  readonly context: CommandContext;
}

/** Nothing at all for an empty queue: a pipe counts lines. */
function linesOf(jobs: Jobs, { options, context }: Display): string[] {
  if (jobs.length === 0) return [];
  const lines = formatTable(jobColumns(choiceOf(options)), jobs, { colour: context.out.terminal?.colour });
  return options['header'] === false ? lines.slice(1) : lines;
}

interface Repetition {
  readonly filter: QueueFilter;
  readonly seconds: number;
  readonly options: ParsedInput['options'];
}

/** A table that changes in place on a terminal; elsewhere one after another. A cluster that is silent ends nothing. */
async function showRepeatedly({ filter, seconds, options }: Repetition, context: CommandContext): Promise<never> {
  const { app, out } = context;
  let lines: readonly string[] | undefined;
  for (;;) {
    let failure: string | undefined;
    try {
      const jobs = await listQueue(app, filter);
      lines = jobs.length === 0 ? ['No jobs in queue'] : linesOf(jobs, { options, context });
    } catch (error) {
      if (!(error instanceof ConnectionError) || lines === undefined) throw error;
      failure = `(refresh failed: ${error.message})`;
    }
    if (out.terminal !== undefined)
      out.redraw(firstRows(failure === undefined ? lines : [...lines, failure], out.terminal.rows - 1));
    else if (failure === undefined) [...lines, ''].forEach(out.line);
    else out.note(`srunx: ${failure}`);
    await app.sleep(seconds * 1000);
  }
}

/** The first lines of a long queue, and how many more there are. */
function firstRows(lines: readonly string[], room: number): readonly string[] {
  if (lines.length <= room) return lines;
  const shown = Math.max(1, room - 1);
  return [...lines.slice(0, shown), `… and ${lines.length - shown} more`];
}

function filterOf(options: ParsedInput['options'], context: CommandContext): QueueFilter {
  return {
    mine: options['me'] === true,
    users: listOf(options['user']),
    partitions: listOf(options['partition']),
    states: parseStates(listOf(options['states'])),
    jobIds: [options['jobs'] ?? []].flat().flatMap((text) => parseJobIdList(String(text))),
    names: listOf(options['name']),
    target: targetOf(options, context),
  };
}

function choiceOf(options: ParsedInput['options']): ColumnChoice {
  const all = options['all'] === true;
  return {
    partition: all || options['showPartition'] === true,
    limit: all || options['showLimit'] === true,
    nodes: all || options['showNodes'] === true,
  };
}
