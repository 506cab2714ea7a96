import { findLimits } from '../../app/find-limits.ts';
import { rememberNames } from '../../app/name-cache.ts';
import { addTargetOptions, collect, listOf, targetOf } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { limitsJson } from '../limits-json.ts';
import { limitsText } from '../limits-report.ts';
import { addRecordOptions, recordFormat, showRecord } from '../record.ts';

export const limits = defineCommand({
  name: 'limits',
  summary: 'Show what partitions, accounts and QOS allow',
  examples: ['srunx limits', 'srunx limits -p gpu --json'],
  configure(command) {
    addTargetOptions(command).option('-p, --partition <names>', 'only these partitions', collect);
    addRecordOptions(command);
  },
  async run({ options }, context) {
    recordFormat(options);
    const target = targetOf(context);
    const report = await findLimits(context.app, { target, partitions: listOf(options['partition']) });
    rememberNames(context.app, {
      partitions: report.partitions.map(({ name }) => name),
      accounts: [...new Set(report.accounts?.associations.map(({ account }) => account))],
      qos: report.accounts?.qos.map(({ name }) => name) ?? [],
    });
    await showRecord(
      { data: () => limitsJson(report), text: () => limitsText(report, { ...context.out.terminal }) },
      { options, context },
    );
    return 0;
  },
});
