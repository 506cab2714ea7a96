import { planRerun } from '../../app/repeat-run.ts';
import { addCodeOptions } from '../code-options.ts';
import { addJsonOption, addProfileOption, collect, positiveNumber } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { submitRepetition } from '../submit-repetition.ts';

export const flowRerun = defineCommand({
  name: 'flow rerun',
  summary: 'Run the jobs of a run once more, as a new run from its stored plan',
  examples: ['srunx flow rerun k3v9', 'srunx flow rerun k3v9 --from train --detach'],
  configure(command) {
    addProfileOption(command);
    addCodeOptions(command)
      .argument('<run>', 'the id of a run, or its beginning')
      .option('--from <job>', 'this job and everything after it')
      .option('--to <job>', 'this job and everything before it')
      .option('--job <job>', 'only this job (may be repeated)', collect)
      .option('--dry-run', 'show every script and command line, and submit nothing')
      .option('-d, --detach', 'print the run id and leave once everything is handed over')
      .option('-i, --interval <seconds>', 'how often to look (by default as the cluster permits)')
      .option('-q, --quiet', 'no remarks on standard error');
    addJsonOption(command).addHelpText(
      'after',
      '\nThe workflow file is not read again: scripts, options and variables are those of the run, and so are its target and directory.',
    );
  },
  async run({ args, options }, context) {
    positiveNumber(options, 'interval');
    const selection = {
      from: options['from'] as string | undefined,
      to: options['to'] as string | undefined,
      only: (options['job'] as string[] | undefined) ?? [],
    };
    const repetition = await planRerun(context.app, { id: String(args[0]), selection });
    return submitRepetition(repetition, { options, context });
  },
});
