import { constants } from 'node:os';
import { awaitEnd } from '../../app/await-end.ts';
import { type CancelResult, planCancel } from '../../app/cancel-jobs.ts';
import { rememberEnded } from '../../app/name-cache.ts';
import { UsageError } from '../../core/errors.ts';
import { cancelWords } from '../cancel-words.ts';
import { addJsonOption, collect } from '../common-options.ts';
import { defineCommand, type ParsedInput } from '../define-command.ts';
import { chooseEach, confirmJobs, previewJobs } from '../job-question.ts';
import { reportJobs } from '../job-report.ts';
import { addJobSelection, jobSelectionOf } from '../job-selection.ts';

export const scancel = defineCommand({
  name: 'scancel',
  summary: 'Cancel jobs, and say what became of each',
  examples: ['srunx scancel 4711 4712_3', 'srunx scancel --me -t PENDING --dry-run'],
  configure(command) {
    addJobSelection(command)
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
    const selection = jobSelectionOf(input, { verb: 'cancel', context });
    const plan = await planCancel(app, {
      ...selection,
      signalName: options['signal'] === undefined ? undefined : signalOf(String(options['signal'])),
      scancelWords: scancelWords(options),
      preview: options['dryRun'] === true || asksEach,
    });
    if (options['dryRun'] === true || (selection.isFiltered && plan.jobs.length === 0))
      return previewJobs(plan, { filter: selection, context });
    if (plan.needsConfirmation && !asksEach && options['yes'] !== true) await confirmJobs(plan, cancelWords, context);
    const jobIds = asksEach ? await chooseEach(plan, cancelWords, context) : plan.jobIds;
    const results = jobIds.length === 0 ? [] : await plan.execute(jobIds);
    const ended = results.filter(({ outcome }) => outcome === 'cancelled').map(({ jobId }) => jobId);
    rememberEnded(app, { target: selection.target, jobIds: ended });
    if (options['wait'] === true) {
      const open = results.filter(isUnderWay).map(({ jobId }) => jobId);
      await awaitEnd(app, {
        target: selection.target,
        jobIds: open,
        onSilence: (message) => out.note(`srunx: ${message}; still waiting`),
      });
    }
    return reportJobs(results, cancelWords, out);
  },
});

function isUnderWay({ outcome }: CancelResult): boolean {
  return outcome === 'cancelled' || outcome === 'signalled';
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
