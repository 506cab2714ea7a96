import { attachRun } from '../../app/attach-run.ts';
import { resumeRun } from '../../app/resume-run.ts';
import { addJsonOption, addProfileOption, collect, positiveNumber } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { followToEnd, sayDetached } from '../follow-to-end.ts';
import { runArgument } from '../run-argument.ts';

export const flowResume = defineCommand({
  name: 'flow resume',
  summary: 'Go on with a run whose hand-over stands still, and follow it',
  examples: [
    'srunx flow resume k3v9',
    'srunx flow resume k3v9 --submit train',
    'srunx flow resume k3v9 --job-id train=4711',
  ],
  configure(command) {
    addProfileOption(command);
    command
      .argument('[run]', runArgument)
      .option('--submit <job>', 'Slurm does not have this job: submit it (may be repeated)', collect)
      .option('--job-id <job=id>', 'Slurm has this job, under this id (may be repeated)', collect)
      .option('-d, --detach', 'leave once everything is handed over')
      .option('-i, --interval <seconds>', 'how often to look (by default as the cluster permits)')
      .option('-q, --quiet', 'no remarks on standard error');
    addJsonOption(command);
  },
  async run({ args, options }, context) {
    const { app, out } = context;
    const runId = await resumeRun(app, {
      word: args[0] as string | undefined,
      absent: (options['submit'] as string[] | undefined) ?? [],
      present: (options['jobId'] as string[] | undefined) ?? [],
    });
    if (options['detach'] === true) {
      out.result({ run_id: runId }, runId);
      return 0;
    }
    try {
      const views = attachRun(app, {
        word: runId,
        intervalSeconds: positiveNumber(options, 'interval'),
        onFound: () => undefined,
        onSilence: (message) => out.note(`srunx: ${message}; still waiting`),
      });
      return await followToEnd(views, context);
    } catch (error) {
      if (app.signal.aborted) sayDetached(runId, out);
      throw error;
    }
  },
});
