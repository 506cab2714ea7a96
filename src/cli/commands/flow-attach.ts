import { attachRun } from '../../app/attach-run.ts';
import { addJsonOption, positiveNumber } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { followToEnd, sayDetached } from '../follow-to-end.ts';
import { runArgument } from '../run-argument.ts';

export const flowAttach = defineCommand({
  name: 'flow attach',
  summary: 'Follow a run that was handed over before, from anywhere',
  examples: ['srunx flow attach', 'srunx flow attach k3v9', 'srunx flow attach /shared/runs/k3v9abcdef --json'],
  configure(command) {
    command
      .argument('[run]', runArgument)
      .option('-i, --interval <seconds>', 'how often to look (by default as the cluster permits)')
      .option('-q, --quiet', 'no remarks on standard error');
    addJsonOption(command);
  },
  async run({ args, options }, context) {
    const { app, out } = context;
    let runId: string | undefined;
    const views = attachRun(app, {
      word: args[0] as string | undefined,
      intervalSeconds: positiveNumber(options, 'interval'),
      onFound: (id) => {
        runId = id;
      },
      onSilence: (message) => out.note(`srunx: ${message}; still waiting`),
    });
    try {
      return await followToEnd(views, context);
    } catch (error) {
      if (app.signal.aborted && runId !== undefined) sayDetached(runId, out);
      throw error;
    }
  },
});
