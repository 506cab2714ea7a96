import { addProfileOption } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { runArgument } from '../run-argument.ts';
import { showRunLogs } from '../show-run-logs.ts';
import { addLogOptions } from '../tail-options.ts';

export const flowLogs = defineCommand({
  name: 'flow logs',
  summary: 'Show the logs of a run, over all attempts',
  examples: [
    'srunx flow logs k3v9',
    "srunx flow logs k3v9 train 'eval-*' -n 50",
    'srunx flow logs k3v9 --failed --all',
  ],
  configure(command) {
    addProfileOption(command);
    command
      .argument('[run]', runArgument)
      .argument('[jobs...]', 'only these, by names or patterns such as train-*')
      .option('--failed', 'only jobs that have failed')
      .option('-q, --quiet', 'no remarks on standard error');
    addLogOptions(command);
  },
  async run({ args, options }, context) {
    return showRunLogs(
      {
        word: args[0] as string | undefined,
        jobs: (args[1] as string[] | undefined) ?? [],
        onlyFailed: options['failed'] === true,
      },
      { options, context },
    );
  },
});
