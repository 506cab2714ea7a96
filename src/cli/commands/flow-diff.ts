import { compareStoredRuns } from '../../app/compare-runs.ts';
import { addProfileOption } from '../common-options.ts';
import { comparisonJson, comparisonText } from '../comparison-text.ts';
import { defineCommand } from '../define-command.ts';
import { addRecordOptions, recordFormat, showRecord } from '../record.ts';
import { noteStale } from '../run-table.ts';

export const flowDiff = defineCommand({
  name: 'flow diff',
  summary: 'Show what differs between two runs: the workflow, the code, each job, and how they ended',
  examples: ['srunx flow diff k3v9 m2x7', 'srunx flow diff k3v9 m2x7 --json --query same'],
  configure(command) {
    addProfileOption(command);
    command
      .argument('<before>', 'the id of a run, or its beginning')
      .argument('<after>', 'another one')
      .option('-q, --quiet', 'no remarks on standard error');
    addRecordOptions(command).addHelpText(
      'after',
      '\nThe exit code is 0 whether they differ or not: `same` of the JSON says it. Values of variables are compared, but not shown.',
    );
  },
  async run({ args, options }, context) {
    recordFormat(options);
    const compared = await compareStoredRuns(context.app, [String(args[0]), String(args[1])]);
    noteStale(compared.stale, context.out);
    for (const id of compared.unplanned) {
      context.out.note(`srunx: the plan of run ${id} is gone: scripts, files and values of variables are not compared`);
    }
    await showRecord(
      { data: () => comparisonJson(compared), text: () => comparisonText(compared) },
      { options, context },
    );
    return 0;
  },
});
