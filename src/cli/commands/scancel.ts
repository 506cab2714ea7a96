import { constants } from 'node:os';
import { awaitEnd } from '../../app/await-end.ts';
import { type CancelResult, planCancel } from '../../app/cancel-jobs.ts';
import { parseStates } from '../../app/list-queue.ts';
import { UsageError } from '../../core/errors.ts';
import { parseJobIdList } from '../../core/slurm/job-id.ts';
import { usualExtras } from '../../core/slurm/squeue-extras.ts';
import { chooseEach, confirmCancel, previewCancel } from '../cancel-question.ts';
import { reportCancelled } from '../cancel-report.ts';
import { addJsonOption, addTargetOptions, collect, listOf, targetOf } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { nodesOf } from '../queue-filter.ts';

export const scancel = defineCommand({
  name: 'scancel',
  summary: 'Cancel jobs, and say what became of each',
  examples: ['srunx scancel 4711 4712_3', 'srunx scancel --me -t PENDING --dry-run'],
  configure(command) {
    addTargetOptions(command.argument('[job-ids...]', 'jobs, arrays, tasks (4711_3), sets (4711_[0-9])'))
      .option('--me', 'my jobs')
      .option('-u, --user <names>', 'jobs of these users', collect)
      .option('-n, --name <names>', 'jobs with these names', collect)
      .option('-p, --partition <names>', 'jobs in these partitions', collect)
      .option('-t, --state <states>', 'only jobs in these states', collect)
      .option('-A, --account <names>', 'jobs of these accounts', collect)
      .option('--qos <names>', 'jobs with these qualities of service', collect)
      .option('-w, --nodelist <nodes>', 'jobs on these nodes, such as n[1-4]', collect)
      .option('-s, --signal <name>', 'send this signal instead of ending the jobs')
      .option('-b, --batch', 'signal the batch script alone')
      .option('--full', 'signal the batch script and all steps')
      .option('-H, --hurry', 'do not wait for burst buffers')
      .option('--slurm-arg <word>', "hand this word to Slurm's scancel as it is (may be repeated)", collect)
      .option('--wait', 'wait until the jobs have ended')
      .option('--dry-run', 'show what would be cancelled')
      .option('-i, --interactive', 'ask for each job')
      .option('-y, --yes', 'do not ask where a filter matches several jobs');
    addJsonOption(command);
  },
  async run(input, context) {
    const { app, out } = context;
    const { options } = input;
    const asksEach = options['interactive'] === true;
    const selection = selectionOf(input, context);
    const plan = await planCancel(app, { ...selection, preview: options['dryRun'] === true || asksEach });
    if (options['dryRun'] === true || (selection.isFiltered && plan.jobs.length === 0))
      return previewCancel(plan, context);
    if (plan.needsConfirmation && !asksEach && options['yes'] !== true) await confirmCancel(plan, context);
    const jobIds = asksEach ? await chooseEach(plan, context) : plan.jobIds;
    const results = jobIds.length === 0 ? [] : await plan.execute(jobIds);
    if (options['wait'] === true) {
      const open = results.filter(isUnderWay).map(({ jobId }) => jobId);
      await awaitEnd(app, {
        target: selection.target,
        jobIds: open,
        onSilence: (message) => out.note(`srunx: ${message}; still waiting`),
      });
    }
    return reportCancelled(results, out);
  },
});

function isUnderWay({ outcome }: CancelResult): boolean {
  return outcome === 'cancelled' || outcome === 'signalled';
}

function selectionOf({ args, options }: ParsedInput, context: CommandContext) {
  const jobIds = ((args[0] ?? []) as string[]).flatMap(parseJobIdList);
  const filters = {
    mine: options['me'] === true,
    users: listOf(options['user']),
    names: listOf(options['name']),
    partitions: listOf(options['partition']),
    states: parseStates(listOf(options['state'])),
    accounts: listOf(options['account']),
    qos: listOf(options['qos']),
    nodes: nodesOf(options['nodelist']),
  };
  const isFiltered = Object.values(filters).some(
    (value) => value === true || (Array.isArray(value) && value.length > 0),
  );
  if (jobIds.length === 0 && !isFiltered) {
    throw new UsageError('nothing to cancel is named', {
      code: 'usage.missing_argument',
      hint: 'Give job ids, or a filter such as `--me -t PENDING`.',
    });
  }
  const signalName = options['signal'] === undefined ? undefined : signalOf(String(options['signal']));
  const target = targetOf(options, context);
  return {
    ...filters,
    extra: usualExtras,
    jobIds,
    isFiltered,
    signalName,
    scancelWords: scancelWords(options),
    target,
  };
}

/** What Slurm's own command is told besides. */
function scancelWords(options: ParsedInput['options']): readonly string[] {
  const flags = ['batch', 'full', 'hurry'].flatMap((name) => (options[name] === true ? [`--${name}`] : []));
  return [...flags, ...[options['slurmArg'] ?? []].flat().map(String)];
}

function signalOf(text: string): string {
  const name = text.toUpperCase();
  const number = Number(text);
  if (/^\d+$/.test(text) && number > 0 && number < 65) return text;
  if (`SIG${name.replace(/^SIG/, '')}` in constants.signals) return name;
  throw new UsageError(`\`${text}\` is not a signal`, {
    code: 'usage.option_value',
    hint: 'Write a name such as USR1.',
  });
}
