import { findLimits } from '../../app/find-limits.ts';
import { rememberNames } from '../../app/name-cache.ts';
import { acrossProfiles, addAcrossOption } from '../across-profiles.ts';
import { addTargetOptions, collect, listOf } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { limitsJson } from '../limits-json.ts';
import { limitsText } from '../limits-report.ts';
import { addRecordOptions, recordFormat, showRecord } from '../record.ts';

export const limits = defineCommand({
  name: 'limits',
  summary: 'Show what partitions, accounts and QOS allow',
  examples: ['srunx limits', 'srunx limits -p gpu --json'],
  configure(command) {
    addAcrossOption(addTargetOptions(command)).option('-p, --partition <names>', 'only these partitions', collect);
    addRecordOptions(command);
  },
  async run({ options }, context) {
    recordFormat(options);
    const partitions = listOf(options['partition']);
    const across = acrossProfiles({ options, context });
    const answers = await across.ask((target) => findLimits(context.app, { target, partitions }));
    const reports = answers.map(({ answer }) => answer);
    const accounts = reports.flatMap((report) => report.accounts?.associations.map(({ account }) => account) ?? []);
    rememberNames(context.app, {
      partitions: reports.flatMap((report) => report.partitions.map(({ name }) => name)),
      accounts: [...new Set(accounts)],
      qos: reports.flatMap((report) => report.accounts?.qos.map(({ name }) => name) ?? []),
    });
    const look = { ...context.out.terminal };
    await showRecord(
      {
        data: () => across.documents(answers, limitsJson),
        text: () => across.texts(answers, (report) => limitsText(report, look)),
      },
      { options, context },
    );
    return across.code();
  },
});
