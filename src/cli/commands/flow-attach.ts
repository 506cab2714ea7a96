import { addJsonOption, addProfileOption, positiveNumber } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { followAttached } from '../follow-attached.ts';
import { runArgument } from '../run-argument.ts';

export const flowAttach = defineCommand({
  name: 'flow attach',
  summary: 'Follow a run that was handed over before, from anywhere',
  examples: ['srunx flow attach', 'srunx flow attach k3v9', 'srunx flow attach /shared/runs/k3v9abcdef --json'],
  configure(command) {
    addProfileOption(command);
    command
      .argument('[run]', runArgument)
      .option('-i, --interval <seconds>', 'how often to look (by default as the cluster permits)')
      .option('-q, --quiet', 'no remarks on standard error');
    addJsonOption(command);
  },
  async run({ args, options }, context) {
    return followAttached(
      { word: args[0] as string | undefined, intervalSeconds: positiveNumber(options, 'interval') },
      context,
    );
  },
});
