import { absentIds, listQueue, parseStates, type QueueFilter } from '../../app/list-queue.ts';
import { UsageError } from '../../core/errors.ts';
import { parseJobIdList } from '../../core/slurm/job-id.ts';
import { addJsonOption, addTargetOptions, collect, listOf, positiveNumber, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { jobJson } from '../job-columns.ts';
import { queueLines, showRepeatedly } from '../queue-display.ts';

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
    const absent = absentIds(jobs, filter);
    if (absent.length > 0) out.note(`srunx: not in the queue: ${absent.join(', ')}`);
    out.result(jobs.map(jobJson), queueLines(jobs, { options, context }).join('\n'));
    return 0;
  },
});

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
