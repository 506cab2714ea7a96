import { loadConfig } from '../../app/load-config.ts';
import { addTargetOptions, silentTargetOf } from '../common-options.ts';
import { configListing, configRows, noteProblems } from '../config-report.ts';
import { defineCommand } from '../define-command.ts';
import { addListingOptions, openListing } from '../listing.ts';

export const configShow = defineCommand({
  name: 'config show',
  summary: 'Show the configuration as it holds here',
  examples: ['srunx config show', 'srunx config show --origin --json'],
  configure(command) {
    command.option('--origin', 'where each value comes from').option('--all', 'keys without a value too');
    addListingOptions(addTargetOptions(command));
  },
  async run({ options }, context) {
    const view = openListing(configListing({ origin: options['origin'] === true }), { options, context });
    const config = loadConfig(context.app, { target: silentTargetOf(context) });
    noteProblems(config, context.out);
    const rows = configRows(config, { all: options['all'] === true });
    if (rows.length === 0) context.out.note('Nothing is configured; `srunx config show --all` names the keys');
    await view.show(rows);
    return 0;
  },
});
