import { findRunErrors } from '../../app/run-errors.ts';
import type { RunStatusView } from '../../app/run-status-view.ts';
import { findSweep } from '../../app/sweep-at-hand.ts';
import { addJsonOption, addProfileOption, positiveNumber } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { followAttached } from '../follow-attached.ts';
import { sweepArgument } from '../sweep-argument.ts';
import { sweepStatusJson } from '../sweep-status-json.ts';

export const sweepAttach = defineCommand({
  name: 'sweep attach',
  summary: 'Follow a sweep that was handed over before, from anywhere',
  examples: ['srunx sweep attach', 'srunx sweep attach k3v9 -i 60', 'srunx sweep attach k3v9 --json'],
  configure(command) {
    addProfileOption(command);
    command
      .argument('[sweep]', sweepArgument)
      .option('-i, --interval <seconds>', 'how often to look (by default as the cluster permits)')
      .option('-q, --quiet', 'no remarks on standard error');
    addJsonOption(command);
  },
  async run({ args, options }, context) {
    const { app, out } = context;
    const { id } = await findSweep(app, args[0] as string | undefined);
    const toJson = async (run: RunStatusView) => {
      const { errors, problem } = await findRunErrors(app, run);
      if (problem !== undefined) out.note(`srunx: ${problem}; what the logs say is not shown`);
      return sweepStatusJson(run, { errors, now: app.now() });
    };
    return followAttached({ word: id, intervalSeconds: positiveNumber(options, 'interval'), toJson }, context);
  },
});
