import { planRetry } from '../../app/repeat-run.ts';
import { addCodeOptions } from '../code-options.ts';
import { addJsonOption, addProfileOption, positiveNumber } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { submitRepetition } from '../submit-repetition.ts';

export const flowRetry = defineCommand({
  name: 'flow retry',
  summary: 'Run again, as a new run, what failed in a run and what comes after it',
  examples: ['srunx flow retry k3v9', 'srunx flow retry k3v9 --dry-run'],
  configure(command) {
    addProfileOption(command);
    addCodeOptions(command)
      .argument('<run>', 'the id of a run, or its beginning')
      .option('--force', 'also while jobs of the run still move: they are left alone')
      .option('--dry-run', 'show every script and command line, and submit nothing')
      .option('-d, --detach', 'print the run id and leave once everything is handed over')
      .option('-i, --interval <seconds>', 'how often to look (by default as the cluster permits)')
      .option('-q, --quiet', 'no remarks on standard error');
    addJsonOption(command).addHelpText(
      'after',
      '\nJobs that failed, ran out of time, were cancelled, lost or never submitted, and those that were skipped for it, with all that comes' +
        '\nafter them. What had completed counts as done, with the values that it has written. The workflow file is not read again.',
    );
  },
  async run({ args, options }, context) {
    positiveNumber(options, 'interval');
    const repetition = await planRetry(context.app, { id: String(args[0]), force: options['force'] === true });
    return submitRepetition(repetition, { options, context });
  },
});
