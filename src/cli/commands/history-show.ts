import { showHistory } from '../../app/show-history.ts';
import { addTargetOptions } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { historyRecordJson, historyRecordText } from '../history-record.ts';
import { namedTarget } from '../named-target.ts';
import { addRecordOptions, recordFormat, showRecord } from '../record.ts';
import { noteStale } from '../run-table.ts';

export const historyShow = defineCommand({
  name: 'history show',
  summary: 'Show all that is known of a job or run',
  examples: ['srunx history show 4711', 'srunx history show k3v9/train --json'],
  configure(command) {
    addTargetOptions(
      command.argument('<id>', 'a job, a run or its beginning, its plan directory, or one job of a run (k3v9/train)'),
    )
      .option('--no-refresh', 'do not ask the cluster how it stands')
      .option('--utc', 'times in UTC');
    addRecordOptions(command);
  },
  async run({ args, options }, context) {
    recordFormat(options);
    const name = { word: String(args[0]), target: namedTarget(context) };
    const shown = await showHistory(context.app, { ...name, refresh: options['refresh'] !== false });
    noteStale(shown.stale, context.out);
    const text = () => historyRecordText(shown, { utc: options['utc'] === true, signs: context.out.signs });
    await showRecord({ data: () => historyRecordJson(shown), text }, { options, context });
    return 0;
  },
});
