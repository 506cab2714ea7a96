import { findSweep } from '../../app/sweep-at-hand.ts';
import { addJsonOption, positiveNumber } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { followAttached } from '../follow-attached.ts';
import { sweepArgument } from '../sweep-argument.ts';

export const sweepAttach = defineCommand({
  name: 'sweep attach',
  summary: 'Follow a sweep that was handed over before, from anywhere',
  examples: ['srunx sweep attach', 'srunx sweep attach k3v9 -i 60'],
  configure(command) {
    command
      .argument('[sweep]', sweepArgument)
      .option('-i, --interval <seconds>', 'how often to look (by default as the cluster permits)')
      .option('-q, --quiet', 'no remarks on standard error');
    addJsonOption(command);
  },
  async run({ args, options }, context) {
    const { id } = await findSweep(context.app, args[0] as string | undefined);
    return followAttached({ word: id, intervalSeconds: positiveNumber(options, 'interval') }, context);
  },
});
